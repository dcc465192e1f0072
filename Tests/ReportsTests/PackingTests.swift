import JSON
import JSONRPC
import Reports
import Testing

/// A service that answers from a list, and remembers what it was asked.
final class KnownAnswers: Answering {
    private let answer: (String, JSON) -> Result<JSON, RPCError>
    private(set) var asked: [(method: String, params: JSON)] = []

    init(_ answer: @escaping (String, JSON) -> Result<JSON, RPCError>) { self.answer = answer }

    func outcomes(_ method: String, _ params: [JSON], done: (Int) -> Void) throws -> [Result<JSON, RPCError>] {
        params.enumerated().map { number, params in
            asked.append((method, params))
            done(number + 1)
            return answer(method, params)
        }
    }
}

@Suite struct PackingTests {
    /// The document of a trace whose graph is this.
    private func document(_ graph: JSON) throws -> JSON {
        let service = KnownAnswers { method, _ in
            switch method {
            case "traces.get": .success(["trace": ["model": "toy"], "graph": graph])
            case "system.info": .success(["version": "9.8.7"])
            default: .success(["model": "toy"])
            }
        }
        return try Gatherer(service, now: 1_234_567).circuit(ofTrace: "t1").document
    }

    private func packed(_ graph: JSON) throws -> JSON {
        let call = try #require(try document(graph)["answers"]?["graph"]?["calls"]?.array?.first)
        return try #require(call["result"]?["graph"])
    }

    @Test func `a document says what it is, of which version, and when it was made`() throws {
        let document = try document(["text": "a prompt", "pieces": ["a"]])
        #expect(document["format"] == 1 && document["report"] == "circuit" && document["title"] == "a prompt")
        #expect(document["created_ms"] == 1_234_567 && document["version"] == "9.8.7")
        #expect(document["answers"]?["graph"]?["params"] == ["trace": "t1", "prompt": 0, "limit": 0])
        #expect(document["answers"]?["graph"]?["calls"]?.array?.first?["params"] == [:])
    }

    @Test(arguments: [
        (0.123456, "0.12346"), (123_456.7, "123460.0"), (1.000005, "1.0"), (0.00001234567, "1.2346e-05"), (-2.5, "-2.5"),
        (3.0, "3"), (-0.0, "0"), (1.00005, "1.0001"), (1.00015, "1.0002"),
    ]) func `numbers keep five significant digits, and whole ones stay whole`(_ number: Double, _ text: String) throws {
        #expect(try packed(["x": .real(number)])["x"]?.text() == text)
    }

    @Test func `a single number in single precision is rounded as the double that its digits stand for`() throws {
        #expect(try packed(["x": .float(0.1)])["x"]?.text() == "0.1")
    }

    @Test func `texts of tokens become indices, sorted and told apart by their bytes`() throws {
        // é as one scalar and as two are different tokens, although Swift calls the strings equal.
        let composed = "\u{E9}", decomposed = "e\u{301}"
        let document = try document([
            "pieces": .array([.string(composed), .string(decomposed), "Z", .string(composed)]), "name": "Z",
        ])
        let pieces = try #require(document["pieces"]?.array).compactMap { $0.string.map { Array($0.utf8) } }
        #expect(pieces == [Array("Z".utf8), Array(decomposed.utf8), Array(composed.utf8)])
        let graph = try packed(["pieces": .array([.string(composed), .string(decomposed), "Z"]), "name": "Z"])
        #expect(graph == ["pieces": [2, 1, 0], "name": "Z"])
    }

    @Test func `lists of alike objects become tables, and others stay`() throws {
        #expect(
            try packed(["nodes": [["b": 1, "a": "x"], ["a": "y", "b": 2]]])
                == ["nodes": ["$columns": ["a", "b"], "$rows": [["x", 1], ["y", 2]]]])
        let unlike: JSON = ["nodes": [["a": 1], ["b": 2]], "one": [["a": 1]], "empty": [[:], [:]], "numbers": [1, 2]]
        #expect(try packed(unlike) == unlike)
    }

    @Test func `what the daemon refuses stands in the document, and is thrown where it must not be`() throws {
        let refusal = RPCError(code: 1, message: "no examples", data: ["kind": "examples_not_found"])
        let service = KnownAnswers { method, _ in
            switch method {
            case "examples.get": .failure(refusal)
            case "maps.get": .success(["map": "m1", "dictionary": "d1"])
            case "pairs.shared":
                .success(["pairs": [["query_feature": 3, "key_feature": 5, "expected_contribution": 0.5]]])
            default: .success([:])
            }
        }
        let document = try Gatherer(service, now: 0).pairs("m1").document
        let call = document["answers"]?["collection"]?["calls"]?.array?.first
        #expect(call?["error"] == ["kind": "examples_not_found", "message": "no examples"] && call?["result"] == nil)
        #expect(document["answers"]?["places"] == nil && document["answers"]?["features"] != nil)
        #expect(!service.asked.contains { $0.method == "pairs.examples" || $0.method == "interventions.run" })
        let features = service.asked.filter { $0.method == "features.examples" }.map(\.params)
        #expect(features.allSatisfy { $0["map"] == nil } && features.map { $0["features"] } == [[3], [5]])

        let broken = KnownAnswers { _, _ in .failure(refusal) }
        #expect(throws: (any Error).self) { try Gatherer(broken, now: 0).pairs("m1") }
    }

    @Test func `a series keeps its first and last step when it is thinned`() throws {
        let lines = (1...101).map { JSON.object(["step": .integer($0)]) }
        let service = KnownAnswers { method, params in
            switch method {
            case "dictionaries.get": .success(["dictionary": "d1", "job": "j1", "layer": 0])
            case "maps.list": .success(["maps": [["map": "m1", "job": "j1"]]])
            case "jobs.metrics":
                params["cursor"] == nil
                    ? .success(["metrics": .array(lines), "next_cursor": "5"]) : .success(["metrics": [], "next_cursor": "5"])
            default: .success([:])
            }
        }
        let document = try Gatherer(service, now: 0).training(["d1"], points: 5).document
        let metrics = document["answers"]?["mask_metrics"]?["calls"]?.array?.first?["result"]?["metrics"]
        #expect(metrics?["$rows"] == [[1], [26], [51], [76], [101]])
        #expect(throws: ReportRefusal.self) { try Gatherer(service, now: 0).training(["d1", "d2", "d3"]) }
    }
}
