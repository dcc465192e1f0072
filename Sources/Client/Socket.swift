// The one place where the client meets the system: a connected Unix socket that reads and writes with a deadline.

import API
private import Glibc

/// A connected stream socket.
struct Socket: ~Copyable {
    /// Why reading or writing stopped.
    enum Failure: Error {
        case timedOut
        case closed
    }

    private let descriptor: CInt

    /// Connects to a path, through its folder's descriptor if it is too long for an address.
    init(connectingTo path: String) throws(ClientError) {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .cannotConnect(path: path, code: errno) }
        let code: CInt
        if path.utf8.count <= SocketPath.longestDirect {
            code = Socket.connect(descriptor, path)
        } else {
            let slash = path.lastIndex(of: "/")
            let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
            let folder = unsafe open(slash.map { String(path[..<$0]) } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            let short = "/proc/self/fd/\(folder)/\(name)"
            if folder < 0 {
                code = errno
            } else if short.utf8.count > SocketPath.longestDirect {
                code = ENAMETOOLONG
            } else {
                code = Socket.connect(descriptor, short)
            }
            if folder >= 0 { close(folder) }
        }
        guard code == 0 else {
            close(descriptor)
            throw code == ENAMETOOLONG ? .pathTooLong(path: path) : .cannotConnect(path: path, code: code)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Who listened when this was connected, by the kernel's word; -1 of the type if it does not say.
    ///
    /// *Source:* unix(7), `SO_PEERCRED`. Behind systemd's socket that is the one who runs this systemd.
    var listener: UInt32 {
        var credentials = Credentials()
        var length = socklen_t(MemoryLayout<Credentials>.size)
        let found = unsafe getsockopt(descriptor, SOL_SOCKET, Credentials.option, &credentials, &length)
        return found == 0 ? credentials.uid : .max
    }

    /// `struct ucred` of `<sys/socket.h>`, field by field; the C type is hidden behind `_GNU_SOURCE`.
    private struct Credentials {
        var pid: Int32 = 0
        var uid: UInt32 = .max
        var gid: UInt32 = .max

        /// `SO_PEERCRED` of `<asm-generic/socket.h>`.
        static let option: CInt = 17
    }

    /// Connects; the error's number, or 0.
    private static func connect(_ descriptor: CInt, _ path: String) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }

    /// Writes all bytes.
    func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant?) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[written...])
                return unsafe send(descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                try wait(for: CInt(POLLOUT), until: deadline)
            } else if errno != EINTR {
                throw .closed
            }
        }
    }

    /// Appends what has arrived, waiting for at least one byte.
    ///
    /// - Returns: the descriptors that came with the last of these bytes.
    func read(into buffer: inout [UInt8], until deadline: ContinuousClock.Instant?) throws(Failure) -> [Attachment] {
        let pieceBytes = 1 << 16
        while true {
            try wait(for: CInt(POLLIN), until: deadline)
            var code: CInt = 0
            var attachments: [Attachment] = []
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: pieceBytes) { space, count in
                let received = unsafe DescriptorMessage.receive(from: descriptor, into: UnsafeMutableRawBufferPointer(space))
                switch received {
                case .success(let message): (count, attachments) = (message.count, message.attachments)
                case .failure(let error): (count, code) = (0, error.code)
                }
            }
            buffer += piece
            if !piece.isEmpty { return attachments }
            // A reset without data is an end too.
            if code != EAGAIN && code != EINTR { throw .closed }
        }
    }

    private func wait(for events: CInt, until deadline: ContinuousClock.Instant?) throws(Failure) {
        while true {
            var milliseconds: CInt = -1
            if let deadline {
                let left = ContinuousClock.now.duration(to: deadline)
                guard left > .zero else { throw .timedOut }
                // Rounded up, so that the loop does not spin through the last millisecond.
                milliseconds = CInt(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
            }
            var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let ready = unsafe poll(&request, 1, milliseconds)
            if ready > 0 { return }
            if ready < 0 && errno != EINTR { throw .closed }
        }
    }
}
