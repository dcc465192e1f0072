private import Glibc
import NIOCore

/// A byte that carries open descriptors to another process.
///
/// The macros of `<sys/socket.h>` that lay out such a message are no functions, so the layout stands here.
/// *Source:* cmsg(3), unix(7) `SCM_RIGHTS`.
enum DescriptorMessage {
    /// What became of a byte.
    enum Outcome { case sent, full }

    /// `CMSG_LEN(0)`: length, level and type, then the descriptors.
    private static let header = MemoryLayout<Int>.size + 2 * MemoryLayout<CInt>.size

    /// Sends a byte and duplicates of descriptors, without waiting.
    ///
    /// - Returns: `full` if it has to be tried again later.
    static func send(_ byte: UInt8, with descriptors: [CInt], on socket: CInt) throws -> Outcome {
        let length = header + descriptors.count * MemoryLayout<CInt>.size
        let alignment = MemoryLayout<Int>.alignment
        let space = (length + alignment - 1) / alignment * alignment
        var byte = byte
        let code = unsafe withUnsafeTemporaryAllocation(byteCount: space, alignment: alignment) { control -> CInt in
            unsafe control.initializeMemory(as: UInt8.self, repeating: 0)
            unsafe control.storeBytes(of: length, as: Int.self)
            unsafe control.storeBytes(of: SOL_SOCKET, toByteOffset: MemoryLayout<Int>.size, as: CInt.self)
            unsafe control.storeBytes(
                of: CInt(SCM_RIGHTS), toByteOffset: header - MemoryLayout<CInt>.size, as: CInt.self)
            for (index, descriptor) in descriptors.enumerated() {
                unsafe control.storeBytes(of: descriptor, toByteOffset: header + index * MemoryLayout<CInt>.size, as: CInt.self)
            }
            return unsafe withUnsafeMutablePointer(to: &byte) { byte in
                var piece = unsafe iovec(iov_base: byte, iov_len: 1)
                return unsafe withUnsafeMutablePointer(to: &piece) { piece in
                    var message = unsafe msghdr()
                    unsafe message.msg_iov = piece
                    unsafe message.msg_iovlen = 1
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = space
                    let count = unsafe sendmsg(socket, &message, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
                    return count < 0 ? errno : 0
                }
            }
        }
        switch code {
        case 0: return .sent
        // The last one: as many descriptors as this user may have open are on their way already.
        case EAGAIN, EINTR, ENOBUFS, ENOMEM, ETOOMANYREFS: return .full
        default: throw IOError(errnoCode: code, reason: "sendmsg")
        }
    }
}
