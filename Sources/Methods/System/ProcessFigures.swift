/// What the kernel knows of this process.
public struct ProcessFigures: Sendable {
    /// Bytes of memory at hand.
    public var residentBytes: Int
    /// Descriptors that are open.
    public var openDescriptors: Int
    /// Descriptors that may be open.
    public var mostDescriptors: Int
    /// Threads.
    public var threads: Int
    /// Seconds of processors' time since the start.
    public var processorSeconds: Double
    /// Seconds from 1970 to the start.
    public var startTime: Double

    /// All figures.
    public init(
        residentBytes: Int, openDescriptors: Int, mostDescriptors: Int, threads: Int, processorSeconds: Double, startTime: Double
    ) {
        self.residentBytes = residentBytes
        self.openDescriptors = openDescriptors
        self.mostDescriptors = mostDescriptors
        self.threads = threads
        self.processorSeconds = processorSeconds
        self.startTime = startTime
    }
}
