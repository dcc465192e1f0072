private import Glibc
private import Synchronization

/// An open descriptor that travels with a reply; it is closed together with the last reference to it.
public final class Attachment: Sendable {
    /// The descriptor; valid for as long as this object is.
    public let descriptor: CInt

    /// Takes over a descriptor, which nobody else may close from now on.
    public init(owning descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}

/// What travels with the reply to one call.
package final class Enclosure: Sendable {
    /// The most descriptors that the kernel passes on with one message.
    ///
    /// *Source:* unix(7), `SCM_MAX_FD`.
    package static let limit = 253

    private let attachments = Mutex<[Attachment]>([])

    /// Nothing yet.
    package init() {}

    fileprivate func add(_ attachment: Attachment) {
        attachments.withLock { attachments in
            precondition(attachments.count < Self.limit, "a reply carries at most \(Self.limit) descriptors")
            attachments.append(attachment)
        }
    }

    /// All that has been attached, which is then no longer in here.
    package func take() -> [Attachment] {
        attachments.withLock { attachments in
            defer { attachments = [] }
            return attachments
        }
    }
}

extension Call {
    /// Whether the reply to this call can carry descriptors: it is a line of its own, so neither a batch's entry nor a notification's.
    public var canAttach: Bool { enclosure != nil }

    /// Refuses a call whose reply cannot carry descriptors; to be asked before the work is done.
    ///
    /// - Parameter parameter: the one that asks for a descriptor, as in `output`.
    public func checkCanAttach(for parameter: String) throws(ParameterError) {
        if canAttach { return }
        throw ParameterError(
            parameter, "a descriptor comes with the reply to a request of its own, neither in a batch nor for a notification")
    }

    /// Sends an open descriptor along with the reply, unless the call fails after all; it is closed here once it has left.
    ///
    /// The client receives it as `SCM_RIGHTS` with the first byte of the reply's line; several arrive in the order in which they were
    /// attached. Immediate handlers cannot attach.
    ///
    /// - Parameter parameter: the one that asks for a descriptor.
    /// - Throws: see ``checkCanAttach(for:)``.
    public func attach(_ attachment: Attachment, for parameter: String) throws(ParameterError) {
        try checkCanAttach(for: parameter)
        enclosure?.add(attachment)
    }
}
