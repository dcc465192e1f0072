private import API
private import Client
private import JSON
private import JSONRPC

extension FuzzTarget {
    /// Frames for a live service.
    ///
    /// Whatever is sent, what comes back is responses, one per line, none of them an internal error, and the
    /// next client is answered at once.
    ///
    /// Methods that write files, start jobs or delete things are left out: their effects would be this run's only result.
    public static func daemon(socket: String) -> FuzzTarget {
        let calls = allMethods.filter { !$0.name.contains(effect) }.map { method in
            Request(id: .integer(1), method: method.name, params: method.example.params).json
        }
        return FuzzTarget("daemon") { draws, corpus in
            let calls = FuzzCorpus(calls.map { $0.bytes() } + corpus.inputs)
            if draws.oneIn(3) { return frames.make(&draws, corpus) }
            var bytes = draws.pick(calls.inputs)
            ByteMutation.spoil(&bytes, &draws, with: calls)
            return bytes
        } check: { bytes in
            let connection = try RawConnection(socket, seconds: patience)
            connection.send(bytes)
            var accepted = false
            for line in try connection.receive().split(separator: UInt8(ascii: "\n")) where try hasResult(Array(line)) {
                accepted = true
            }
            _ = try Client(connectingTo: socket).call(SystemPing.self, NoParams(), timeout: .seconds(1))
            return accepted
        }
    }

    /// Words in the names of methods that do more than look.
    private static var effect: Regex<(Substring, Substring)> {
        /(train|create|collect|evaluate|import|export|delete|unload|load|cancel|capture|subscribe|wait)$/
    }
    /// How long one input's replies may take, in seconds.
    private static let patience = 20

    /// Checks that a line is a response, or a batch of them; whether one of them is a result.
    private static func hasResult(_ line: [UInt8]) throws -> Bool {
        var found = false
        let json: JSON
        do { json = try JSON(parsing: line) } catch {
            throw Finding("the reply is not JSON: \(String(decoding: line, as: UTF8.self))")
        }
        for reply in json.array ?? [json] {
            guard let response = Response(reply) else { throw Finding("this is no response: \(reply.text().prefix(500))") }
            switch response.outcome {
            case .success: found = true
            case .failure(let error): try Finding.require(error.kind != "internal_error", "an internal error: \(reply.text())")
            }
        }
        return found
    }
}
