private import Glibc

/// How much memory the machine has: a sparse file costs its sender nothing and may promise terabytes.
public enum MachineMemory {
    /// In bytes.
    public static let bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
}
