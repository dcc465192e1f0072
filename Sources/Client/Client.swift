public import API
public import JSON
public import JSONRPC

/// A connection to the service that asks one thing at a time and waits for the answer.
public final class Client {
    private let socket: Socket
    private let path: String
    private var received: [UInt8] = []
    /// Up to where `received` holds no newline.
    private var searched = 0
    /// Descriptors that have come, and at which byte of `received`.
    private var descriptors: [(place: Int, attachment: Attachment)] = []
    private var lastID = 0

    /// After how long the service gives up each call, which then fails with `deadline_exceeded`; nil: never.
    public var deadline: Duration?

    /// Connects to the service.
    ///
    /// - Parameters:
    ///   - path: the socket; see ``SocketPath/path(environment:uid:)``.
    ///   - believed: whose service may listen there; nil for anybody's.
    /// - Throws: ``ClientError/cannotConnect(path:code:)``, whose description says how to start the service, and
    ///   ``ClientError/foreign(path:uid:)``.
    public init(connectingTo path: String, believing believed: Set<UInt32>? = nil) throws(ClientError) {
        self.path = path
        socket = try Socket(connectingTo: path)
        if let believed, !believed.contains(socket.listener) { throw .foreign(path: path, uid: socket.listener) }
    }

    /// Calls a method and waits for its result.
    ///
    /// - Parameters:
    ///   - method: its name.
    ///   - params: its parameters, by name.
    ///   - timeout: how long to wait; nil to wait for as long as it takes.
    ///   - receive: gets the notifications that arrive meanwhile.
    public func call(
        _ method: String, _ params: JSON = [:], timeout: Duration? = nil,
        notifications receive: (_ method: String, _ params: JSON) -> Void = { _, _ in }
    ) throws(ClientError) -> JSON {
        try callWithAttachments(method, params, timeout: timeout, notifications: receive).result
    }

    /// Calls a method whose reply may bring open descriptors; see ``call(_:_:timeout:notifications:)``.
    ///
    /// - Returns: the result, and what came with it, in order.
    public func callWithAttachments(
        _ method: String, _ params: JSON = [:], timeout: Duration? = nil,
        notifications receive: (_ method: String, _ params: JSON) -> Void = { _, _ in }
    ) throws(ClientError) -> (result: JSON, attachments: [Attachment]) {
        let end = timeout.map { ContinuousClock.now + $0 }
        lastID += 1
        let request = Request(id: .integer(lastID), method: method, params: addingDeadline(to: params))
        do throws(Socket.Failure) {
            try socket.write(request.json.bytes() + [UInt8(ascii: "\n")], until: end)
        } catch {
            // If it has closed, the service may have said why: that is read below.
            if error == .timedOut { throw .timedOut(method: method, after: timeout ?? .zero) }
        }
        while true {
            let (json, attachments) = try nextMessage(during: method, until: end, timeout)
            if let response = Response(json) {
                switch (response.id, response.outcome) {
                case (request.id, .success(let result)): return (result, attachments)
                case (request.id, .failure(let error)), (.null, .failure(let error)): throw .service(error)
                default: break  // The late reply to a call that has timed out.
                }
            } else if let notification = try? Request(json), notification.isNotification {
                receive(notification.method, notification.params ?? [:])
            } else {
                throw .malformedReply("neither a reply nor a notification: \(json.text().shortened)")
            }
        }
    }

    /// Calls one method many times without waiting in between: the next requests are on their way while a reply is awaited.
    ///
    /// - Parameters:
    ///   - method: its name.
    ///   - params: the parameters of each call.
    ///   - done: gets how many calls have been answered, after each.
    /// - Returns: the outcomes, in the order of the calls.
    public func call(
        all method: String, _ params: [JSON], done: (Int) -> Void = { _ in }
    ) throws(ClientError) -> [Result<JSON, RPCError>] {
        var outcomes: [Result<JSON, RPCError>?] = Array(repeating: nil, count: params.count)
        let first = lastID + 1
        var sent = 0, answered = 0
        while answered < params.count {
            while sent < params.count, sent - answered < Self.mostUnanswered {
                lastID += 1
                let request = Request(id: .integer(lastID), method: method, params: addingDeadline(to: params[sent]))
                do throws(Socket.Failure) {
                    try socket.write(request.json.bytes() + [UInt8(ascii: "\n")], until: nil)
                } catch {
                    throw .disconnected(method: method, path: path)
                }
                sent += 1
            }
            guard let response = Response(try nextMessage(during: method, until: nil, nil).0) else { continue }
            if case (.null, .failure(let error)) = (response.id, response.outcome) { throw .service(error) }
            guard case .integer(let id) = response.id, outcomes.indices.contains(id - first), outcomes[id - first] == nil else {
                continue
            }
            outcomes[id - first] = response.outcome
            answered += 1
            done(answered)
        }
        return outcomes.compactMap(\.self)
    }

    /// Calls on their way at once: as many as the service runs at once for one client, so that none of them waits to be read.
    ///
    /// Requests are small: so many fit into the socket while replies come the other way.
    private static let mostUnanswered = 32

    /// Calls a method that is known by its type; see ``call(_:_:timeout:notifications:)``.
    public func call<M: Method>(
        _ method: M.Type, _ params: M.Params, timeout: Duration? = nil,
        notifications receive: (_ method: String, _ params: JSON) -> Void = { _, _ in }
    ) throws(ClientError) -> M.Result {
        let json: JSON
        do {
            json = try JSON(encoding: params)
        } catch {
            throw .unencodableParams(method: M.name, reason: "\(error)")
        }
        let result = try call(M.name, json, timeout: timeout, notifications: receive)
        do {
            return try result.decode(M.Result.self)
        } catch {
            throw .unexpectedResult(method: M.name, error)
        }
    }

    /// Receives notifications, after a call that has subscribed to some, until one of them is the last.
    ///
    /// - Parameters:
    ///   - timeout: the longest silence; nil to wait for as long as it takes.
    ///   - receive: gets each notification; false to stop.
    public func follow(timeout: Duration? = nil, _ receive: (_ method: String, _ params: JSON) -> Bool) throws(ClientError) {
        while true {
            let (json, _) = try nextMessage(during: "follow", until: timeout.map { ContinuousClock.now + $0 }, timeout)
            if let response = Response(json) {
                if case (.null, .failure(let error)) = (response.id, response.outcome) { throw .service(error) }
            } else if let notification = try? Request(json), notification.isNotification {
                guard receive(notification.method, notification.params ?? [:]) else { return }
            }
        }
    }

    private func addingDeadline(to params: JSON) -> JSON {
        guard let deadline, case .object(var named) = params, named[Deadline.name] == nil else { return params }
        let milliseconds = Int((deadline / .milliseconds(1)).rounded(.up))
        named[Deadline.name] = .integer(min(max(milliseconds, Deadline.range.lowerBound), Deadline.range.upperBound))
        return .object(named)
    }

    /// The next line, parsed, and the descriptors that came with it; whoever does not keep them closes them.
    private func nextMessage(
        during method: String, until deadline: ContinuousClock.Instant?, _ timeout: Duration?
    ) throws(ClientError) -> (JSON, [Attachment]) {
        while true {
            if let newline = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(received[..<newline])
                received.removeFirst(newline + 1)
                searched = 0
                let count = descriptors.prefix { $0.place <= newline }.count
                let attachments = descriptors.prefix(count).map(\.attachment)
                descriptors.removeFirst(count)
                for index in descriptors.indices { descriptors[index].place -= newline + 1 }
                do {
                    return (try JSON(parsing: line), attachments)
                } catch {
                    throw .malformedReply(error.description)
                }
            }
            searched = received.count
            guard searched <= FrameSplitter.defaultLimit else { throw .malformedReply("a line of more than \(searched) bytes") }
            do throws(Socket.Failure) {
                let attachments = try socket.read(into: &received, until: deadline)
                descriptors += attachments.map { (received.count - 1, $0) }
            } catch {
                throw error == .timedOut
                    ? .timedOut(method: method, after: timeout ?? .zero) : .disconnected(method: method, path: path)
            }
        }
    }
}
