import API
import Client
import Foundation
import JSON
import JSONRPC
import Testing

/// Wrong parameters, made from what the daemon says of its own methods: every one of every method, at every depth.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ParameterTests {
    /// Values of every JSON type, of which one at most can be right.
    static let values: [(type: String, value: JSON)] = [
        ("null", nil), ("boolean", true), ("integer", 1), ("number", 0.5), ("string", "x"), ("array", [[]]), ("object", ["x": 1]),
    ]

    /// One wrong call: what it is, and the name that the error must hold.
    struct Wrong {
        let what: String
        let method: String
        let params: JSON
        let name: String
    }

    @Test func `each parameter that is missing, misspelt, of another type or out of range is refused by its name`() throws {
        let daemon = try LiveDaemon()
        let client = try daemon.client()
        let methods = try Self.methods(client)
        #expect(methods.count == allMethods.count)
        var tried = 0
        for method in methods {
            for wrong in try Self.wrongCalls(method) {
                tried += 1
                let error = try Self.refusal(client, wrong.method, wrong.params)
                #expect(error?.code == -32602, "\(wrong.method), \(wrong.what): \(String(describing: error))")
                #expect(
                    error?.message.contains(wrong.name) == true, "\(wrong.method), \(wrong.what): \(String(describing: error))")
            }
        }
        #expect(tried > 2000, "\(tried) wrong calls")
        #expect(daemon.end() == 0)
    }

    /// Methods that take long, or end what others need, where a bound is all that is wrong.
    static let excused: Set = [
        "jobs.wait", "models.unload", "dictionaries.delete", "maps.delete", "caches.delete", "jobs.delete",
    ]

    @Test func `each number at its bounds, and each list at its longest, has a result or a documented error`() throws {
        let (daemon, _) = try StrangerFolderTests.exported()
        let job = try daemon.run(MapsTrain.self, ["dictionary": "d1", "steps": 5, "support_contexts": 8, "held_out_contexts": 2])
        try #require(job.state == .finished, "\(job)")
        let client = try daemon.client()
        let methods = try Self.methods(client)
        var answered = 0, refused = 0
        for method in methods {
            let name = try #require(method["name"]?.string)
            if Self.excused.contains(name) { continue }
            // Those that any call can give are referred to by their kinds; a bug of the service is never right.
            let kinds = (method["errors"]?.array ?? []).compactMap { error in
                error["data"]?["kind"]?.string ?? error["$ref"]?.string?.split(separator: "/").last.map(String.init)
            }.filter { $0 != "internal_error" }
            for (what, params) in Self.extremes(method) {
                guard let error = try Self.refusal(client, name, params) else {
                    answered += 1
                    continue
                }
                refused += 1
                #expect(kinds.contains(error.kind ?? ""), "\(name), \(what): \(error) is not documented (\(kinds))")
            }
        }
        #expect(answered > 50 && refused > 50, "\(answered) answered, \(refused) refused")
        #expect(daemon.end() == 0)
    }

    /// What no schema can tell: a method, its parameters, and the kinds one of which is right.
    static let listed: [(method: String, params: JSON, kind: String)] = [
        ("attention.pattern", ["text": "a", "layer": 2_147_483_648], "layer_out_of_range"),
        ("attention.pattern", ["text": "a", "layer": 4], "layer_out_of_range"),
        ("tokens.predict", ["text": "a", "position": 2_147_483_648], "position_out_of_range"),
        ("tokens.predict", ["text": "a", "position": 4_294_967_296], "position_out_of_range"),
        ("tokens.predict", ["tokens": [9_223_372_036_854_775_807]], "token_out_of_range"),
        ("tokens.decode", ["tokens": [-9_223_372_036_854_775_807]], "invalid_params"),
        ("dictionaries.train", ["layers": [0], "d_sae_query": [1_099_511_627_776], "dry_run": true], "invalid_params"),
        ("dictionaries.train", ["layers": [0], "learning_rate": 1e300, "dry_run": true], "invalid_params"),
        ("dictionaries.train", ["layers": [0], "seeds": [1.8446744073709552e19], "dry_run": true], "invalid_params"),
        ("dictionaries.train", ["layers": [0], "batch_sequences": 0, "dry_run": true], "invalid_params"),
        ("dictionaries.train", ["layers": [0], "batch_sequences": 1_000_000, "dry_run": true], "invalid_params"),
        ("dictionaries.train", ["layers": [0], "activation": "topk", "k": 0, "dry_run": true], "invalid_params"),
        ("activations.capture", ["text": "a", "names": ["blocks.0.../hook_resid_pre"]], "unknown_activation"),
        ("activations.capture", ["text": "a", "names": ["blocks.99999999999999999999.hook_resid_pre"]], "unknown_activation"),
        ("activations.capture", ["text": "a", "names": ["blocks.-1.hook_resid_pre"]], "unknown_activation"),
        ("activations.capture", ["text": "a", "names": [""]], "invalid_params"),
        ("activations.capture", ["text": "a", "names": ["blocks.0.hook_resid_pre\u{0}"]], "unknown_activation"),
        ("jobs.get", ["job": ""], "invalid_params"), ("jobs.get", ["job": "j18446744073709551616"], "job_not_found"),
        ("jobs.get", ["job": "../j1"], "job_not_found"), ("dictionaries.get", ["dictionary": "d-1"], "dictionary_not_found"),
        ("maps.get", ["map": "m\u{0}1"], "name_invalid"),
    ]

    @Test func `the listed absurdities have their kind`() throws {
        let daemon = try LiveDaemon()
        for (method, params, kind) in Self.listed {
            let error = try daemon.error(method, params)
            #expect(error.kind == kind, "\(method) \(params.text()): \(error)")
        }
        #expect(daemon.end() == 0)
    }

    @Test func `texts of ten megabytes and a million prompts are answered in time`() throws {
        let daemon = try LiveDaemon()
        let client = try daemon.client()
        let started = ContinuousClock.now
        for text in [String(repeating: "word ", count: 2 << 20), String(repeating: "a", count: 10 << 20)] {
            #expect(try daemon.error("tokens.predict", ["text": .string(text)]).kind == "text_too_long")
        }
        let words = JSON.string(String(repeating: "word ", count: 1 << 20))
        let reply = try client.call("tokens.encode", ["text": words], timeout: .seconds(30))
        #expect(reply["tokens"]?.array?.isEmpty == false)
        let prompts = JSON.array(Array(repeating: "a", count: 1_000_000))
        for (method, member) in [("tokens.encode", "text"), ("tokens.decode", "tokens"), ("attention.pattern", "text")] {
            let error = try daemon.error(method, .object([member: prompts]))
            #expect(
                error.kind == "message_too_large" && error.message.utf8.count < 10_000, "\(method): \(error.message.prefix(300))")
        }
        #expect(ContinuousClock.now - started < .seconds(30))
        _ = try daemon.call(SystemPing.self)
        #expect(daemon.end() == 0)
    }
}

// Calls from a method's own description.
extension ParameterTests {
    /// What the daemon says of its methods.
    static func methods(_ client: Client) throws -> [JSON] {
        let document = try client.call("rpc.discover")
        return try #require(document["methods"]?.array)
    }

    /// The error of a call, or nil if it has a result.
    static func refusal(_ client: Client, _ method: String, _ params: JSON) throws -> RPCError? {
        do {
            _ = try client.call(method, params, timeout: .seconds(20))
        } catch ClientError.service(let error) {
            return error
        }
        return nil
    }

    /// The parameters that a description shows as an example.
    static func example(_ method: JSON) -> JSONObject {
        var params = JSONObject()
        for param in method["examples"]?.array?.first?["params"]?.array ?? [] {
            if let name = param["name"]?.string { params[name] = param["value"] }
        }
        return params
    }

    /// Every call that the description forbids, one thing wrong in each.
    static func wrongCalls(_ method: JSON) throws -> [Wrong] {
        let name = try #require(method["name"]?.string), params = example(method)
        var properties = JSONObject(), required: [String] = []
        for param in method["params"]?.array ?? [] {
            let member = try #require(param["name"]?.string)
            properties[member] = param["schema"]
            if param["required"]?.bool == true { required.append(member) }
        }
        let schema: JSON = [
            "type": "object", "properties": .object(properties), "required": .array(required.map { .string($0) }),
            "additionalProperties": false,
        ]
        return wrong(schema, base: .object(params)).map { what, value, member in
            Wrong(what: what, method: name, params: value, name: member)
        }.filter { $0.params.object != nil }
    }

    /// Values that a schema forbids, made from one that it allows, each with the name of the member that is wrong.
    static func wrong(_ schema: JSON, base: JSON) -> [(what: String, value: JSON, member: String)] {
        guard schema["type"] == "object", let properties = schema["properties"]?.object, case .object(let object) = base else {
            return []
        }
        var found: [(what: String, value: JSON, member: String)] = []
        func with(_ name: String, _ value: JSON?) -> JSON {
            var changed = object
            changed[name] = value
            return .object(changed)
        }
        found.append(("an unknown member", with("no_such_member", 1), "no_such_member"))
        for case let name? in schema["required"]?.array?.map(\.string) ?? [] {
            found.append(("without \(name)", with(name, nil), name))
        }
        for (name, property) in properties {
            var misspelt = object
            misspelt[name] = nil
            misspelt[name + "q"] = object[name] ?? 1
            found.append(("\(name)q", .object(misspelt), name))
            for (what, value) in forbidden(property) { found.append(("\(name) is \(what)", with(name, value), name)) }
            // One step further in: the members of an object, or of a list's elements.
            if let inner = object[name] ?? sample(property) {
                for (what, value, member) in wrong(property, base: inner) {
                    found.append(("\(name): \(what)", with(name, value), member))
                }
                if let items = property["items"], let first = inner.array?.first ?? sample(items) {
                    for (what, value, member) in wrong(items, base: first) {
                        found.append(("\(name)[0]: \(what)", with(name, [value]), member))
                    }
                    for (what, value) in forbidden(items) { found.append(("\(name)[0] is \(what)", with(name, [value]), name)) }
                }
            }
        }
        return found
    }

    /// Values of wrong types, and just outside of the bounds.
    static func forbidden(_ schema: JSON) -> [(what: String, value: JSON)] {
        let alternatives = schema["anyOf"]?.array ?? [schema]
        let types = Set(alternatives.compactMap { $0["type"]?.string })
        if types.count < alternatives.count { return [] }  // Shapes that a type does not tell apart.
        var found: [(String, JSON)] = []
        for (type, value) in values where !types.contains(type) && !(type == "integer" && types.contains("number")) {
            // A list of anything, or an object, may be what it is only by chance; its elements are tried by themselves.
            found.append((value.text(), value))
        }
        guard alternatives.count == 1 else { return found }
        func add(_ value: JSON) { found.append((String(value.text().prefix(40)), value)) }
        if types.contains("integer") {
            add(1.5)
            add(1e300)
            add(.real(18446744073709551616))
            if let minimum = schema["minimum"]?.integer, minimum > Int.min { add(.integer(minimum - 1)) }
            if let maximum = schema["maximum"]?.integer, maximum < Int.max { add(.integer(maximum + 1)) }
        }
        if types.contains("number") {
            if let minimum = schema["minimum"]?.number { add(.real(minimum.nextDown)) }
            if let maximum = schema["maximum"]?.number { add(.real(maximum.nextUp)) }
            if let minimum = schema["exclusiveMinimum"]?.number { add(.real(minimum)) }
            if let maximum = schema["exclusiveMaximum"]?.number { add(.real(maximum)) }
        }
        if types.contains("string") {
            if schema["enum"] != nil { add("no such choice") }
            if schema["minLength"]?.integer ?? 0 > 0 { add("") }
            if let most = schema["maxLength"]?.integer, most < 1 << 20 { add(.string(String(repeating: "x", count: most + 1))) }
        }
        if types.contains("array"), let items = schema["items"], let element = sample(items) {
            if schema["minItems"]?.integer ?? 0 > 0 { add([]) }
            if let most = schema["maxItems"]?.integer, most < 1 << 20 { add(.array(Array(repeating: element, count: most + 1))) }
        }
        return found
    }

    /// A value that a schema allows; nil where that takes more than a look at it.
    static func sample(_ schema: JSON) -> JSON? {
        switch (schema["anyOf"]?.array?.first ?? schema)["type"]?.string {
        case "boolean": return true
        case "integer": return .integer(max(schema["minimum"]?.integer ?? 1, min(1, schema["maximum"]?.integer ?? 1)))
        case "number": return .real(schema["minimum"]?.number ?? (schema["exclusiveMinimum"]?.number).map { $0 + 0.5 } ?? 0.5)
        case "string":
            return schema["enum"]?.array?.first
                ?? .string(String(repeating: "x", count: max(1, schema["minLength"]?.integer ?? 1)))
        case "array":
            guard let element = schema["items"].flatMap(sample) else { return nil }
            return .array(Array(repeating: element, count: max(1, schema["minItems"]?.integer ?? 1)))
        case "object":
            var object = JSONObject()
            for case let name? in schema["required"]?.array?.map(\.string) ?? [] {
                guard let value = schema["properties"]?[name].flatMap(sample) else { return nil }
                object[name] = value
            }
            return .object(object)
        default: return nil
        }
    }

    /// Parameters that say how much is to be done, and how much a test has time for.
    private static let amounts: Set = ["contexts", "count"], mostWork = 4

    /// Calls with one number at a bound or one list at its longest; work is only estimated.
    static func extremes(_ method: JSON) -> [(what: String, params: JSON)] {
        var base = example(method)
        let params = method["params"]?.array ?? []
        let isEstimated = params.contains { $0["name"] == "dry_run" }
        if isEstimated { base["dry_run"] = true }
        // The dictionary, the map and the job that there are.
        for (name, value) in [("dictionary", "d1"), ("map", "m1"), ("job", "j1")] where base[name] != nil {
            base[name] = .string(value)
        }
        if base["model"] != nil { base["model"] = "demo-4l" }
        var found: [(String, JSON)] = []
        for param in params {
            guard let name = param["name"]?.string, let schema = param["schema"] else { continue }
            var candidates: [JSON] = [schema["minimum"], schema["maximum"]].compactMap { $0 }
            if let items = schema["items"] {
                candidates += [items["minimum"], items["maximum"]].compactMap { $0 }.map { [$0] }
                if let most = schema["maxItems"]?.integer, most <= 1 << 16, let element = sample(items) {
                    candidates.append(.array(Array(repeating: element, count: most)))
                }
            }
            if schema["type"] == "integer" {
                candidates += [.integer(.max), .integer(.min), .integer(1 << 31), .integer(-1), .integer(0)]
            }
            for value in candidates {
                // As many contexts as are allowed take as long as they take.
                if !isEstimated, Self.amounts.contains(name), value.integer ?? 0 > Self.mostWork { continue }
                var changed = base
                changed[name] = value
                found.append(("\(name) \(value.text().prefix(60))", .object(changed)))
            }
        }
        return found
    }
}
