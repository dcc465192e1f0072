import API
private import Glibc

/// Bytes that may carry open descriptors from another process.
///
/// The macros of `<sys/socket.h>` that lay out such a message are no functions, so the layout stands here.
/// *Source:* cmsg(3), unix(7) `SCM_RIGHTS`.
enum DescriptorMessage {
    /// Why nothing was received.
    struct Failure: Error {
        let code: CInt
    }

    /// `CMSG_LEN(0)`: length, level and type, then the descriptors.
    private static let header = MemoryLayout<Int>.size + 2 * MemoryLayout<CInt>.size

    /// Receives what has arrived, without waiting.
    ///
    /// The kernel ends a piece with the byte that carries descriptors.
    ///
    /// - Returns: how many bytes, and the descriptors that came with the last of them.
    static func receive(
        from socket: CInt, into space: UnsafeMutableRawBufferPointer
    ) -> Result<(count: Int, attachments: [Attachment]), Failure> {
        let alignment = MemoryLayout<Int>.alignment
        let controlBytes = (header + Enclosure.limit * MemoryLayout<CInt>.size + alignment - 1) / alignment * alignment
        return unsafe withUnsafeTemporaryAllocation(byteCount: controlBytes, alignment: alignment) { control in
            var piece = unsafe iovec(iov_base: space.baseAddress, iov_len: space.count)
            return unsafe withUnsafeMutablePointer(to: &piece) { piece in
                var message = unsafe msghdr()
                unsafe message.msg_iov = piece
                unsafe message.msg_iovlen = 1
                unsafe message.msg_control = control.baseAddress
                unsafe message.msg_controllen = controlBytes
                let count = unsafe recvmsg(socket, &message, CInt(MSG_DONTWAIT | MSG_CMSG_CLOEXEC))
                if count < 0 { return .failure(Failure(code: errno)) }
                let received = unsafe UnsafeRawBufferPointer(rebasing: control[..<Int(message.msg_controllen)])
                return .success((count, unsafe attachments(in: received)))
            }
        }
    }

    private static func attachments(in control: UnsafeRawBufferPointer) -> [Attachment] {
        guard control.count >= header else { return [] }
        let length = unsafe control.load(as: Int.self)
        let level = unsafe control.load(fromByteOffset: MemoryLayout<Int>.size, as: CInt.self)
        let type = unsafe control.load(fromByteOffset: header - MemoryLayout<CInt>.size, as: CInt.self)
        guard level == SOL_SOCKET, type == CInt(SCM_RIGHTS) else { return [] }
        return stride(from: header, to: min(length, control.count), by: MemoryLayout<CInt>.size).map { place in
            Attachment(owning: unsafe control.load(fromByteOffset: place, as: CInt.self))
        }
    }
}
