import API
import JSON
import Testing

/// Each limit is the daemon's setting: with other values it is met elsewhere.
@Suite(.timeLimit(.minutes(2))) struct LimitSettingsTests {
    @Test func `depth, batch, unfinished messages and clients`() throws {
        let daemon = try LiveDaemon([
            "--max-depth", "8", "--max-batch", "3", "--unfinished-message-s", "1", "--max-clients", "4",
        ])
        let told = try daemon.call(SystemInfo.self).limits
        #expect(told.depth == 8 && told.batch == 3 && told.unfinished_message_s == 1 && told.clients == 4)
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try daemon.exchange(nested(8)).map(shape) == [[-32600]])
        #expect(try daemon.exchange(nested(9)).map(shape) == [-32700])
        let batch = { (count: Int) in
            "[" + (0..<count).map { String(request("system.ping", id: $0).dropLast()) }.joined(separator: ",") + "]"
        }
        #expect(try daemon.exchange(batch(3)).map(shape) == [["result", "result", "result"]])
        #expect(try daemon.exchange(batch(4)).map(shape) == [-32600])
        let unfinished = try RawSocket(daemon.socket)
        try unfinished.send(#"{"jsonrpc":"#)
        #expect(try unfinished.replies().map(shape) == [1004])
        // A client that has just gone may still be counted, so that a place is to be had a moment later.
        var places: [RawSocket] = []
        while places.count < 4 {
            let place = try RawSocket(daemon.socket)
            try place.send(request("system.ping"))
            if try place.reply()?["result"] != nil { places.append(place) }
        }
        #expect(try RawSocket(daemon.socket).replies().map(shape) == [1002])
    }

    @Test func `jobs that wait, requests in flight and replies unread`() throws {
        let daemon = try LiveDaemon([
            "--max-waiting-jobs", "1", "--max-requests-in-flight", "1", "--max-unread-mib", "1",
        ])
        let training: JSON = ["layers": [0], "d_sae_query": [8], "steps": 1_000_000, "held_out_contexts": 1]
        let first = try #require(try daemon.call(DictionariesTrain.self, training).job)
        // Once the first is at work, one may wait and the next may not.
        while try daemon.call(JobsGet.self, ["job": .string(first.job)]).state == .queued {}
        let second = try #require(try daemon.call(DictionariesTrain.self, training).job)
        #expect(try daemon.error("dictionaries.train", training).kind == "busy")
        // One request of a client at a time: the second is read when the first has been answered.
        let client = try RawSocket(daemon.socket)
        let wait = request("jobs.wait", #"{"job":"\#(second.job)","timeout_s":60}"#, id: 1)
        try client.send(wait + request("tokens.encode", #"{"text":"When John"}"#, id: 2))
        _ = try daemon.call(JobsCancel.self, ["job": .string(second.job)])
        #expect(try client.reply()?["id"] == 1)
        #expect(try client.reply()?["id"] == 2)
        // More than a MiB of replies that nobody reads: the client is closed before it has had them all.
        let unread = try RawSocket(daemon.socket)
        let text = String(repeating: "word ", count: 60_000)
        for id in 0..<20 {
            guard try unread.send(request("tokens.encode", #"{"text":"\#(text)"}"#, id: id)) else { break }
        }
        #expect(try unread.replies().count < 20)
        _ = try daemon.call(JobsCancel.self, ["job": .string(first.job)])
    }
}
