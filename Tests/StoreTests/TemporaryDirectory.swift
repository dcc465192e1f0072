import Glibc

/// A new directory for one test, removed with the files in it when the test is done.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array((P_tmpdir + "/qklens-test-XXXXXX").utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }
        }
        guard let made = unsafe made else { preconditionFailure("mkdtemp failed: errno \(errno)") }
        path = unsafe String(cString: made)
    }

    deinit {
        for name in ["data.mdb", "lock.mdb", "acknowledged", "cache/data.mdb", "cache/lock.mdb", "cache/incomplete"] {
            unsafe unlink(path + "/" + name)
        }
        unsafe rmdir(path + "/cache")
        unsafe rmdir(path)
    }
}
