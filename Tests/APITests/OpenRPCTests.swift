import API
import Foundation
import JSON
import Testing

/// The meta-schema of OpenRPC, which is not part of the project.
private let metaSchema = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/openrpc/meta-schema.json")

/// The document that `rpc.discover` gives, held against what documents of its kind must be.
@Suite struct OpenRPCTests {
    let document = OpenRPC.document(of: allMethods, serviceVersion: "1.0.0")
    var methods: [JSON] { document["methods"]?.array ?? [] }

    /// A validator that knows the schema of schemas, and others by their names.
    private func validator(_ documents: [String: JSON] = [:]) throws -> JSONSchema {
        var known = documents
        known["draft7"] = try JSON(parsing: JSONSchema.draft7)
        known["https://meta.json-schema.tools"] = known["draft7"]
        return JSONSchema(documents: known)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: metaSchema.path), "the meta-schema of OpenRPC is not there"))
    func `the document is what OpenRPC's meta-schema asks for`() throws {
        var schema = try JSON(parsing: Array(try Data(contentsOf: metaSchema)))
        // In the sources of the meta-schema a placeholder stands where a release has the list of versions.
        guard case .object(var members) = schema, case .object(var properties)? = members["properties"] else {
            throw Mistake("the meta-schema is no schema of an object")
        }
        properties["openrpc"] = ["type": "string", "enum": [.string(OpenRPC.version)]]
        members["properties"] = .object(properties)
        schema = .object(members)
        // The name of a member of the schema of schemas is another one there.
        var draft7 = try JSON(parsing: JSONSchema.draft7)
        if case .object(var object) = draft7, case .object(var definitions)? = object["definitions"] {
            definitions["JSONSchemaObject"] = draft7
            object["definitions"] = .object(definitions)
            draft7 = .object(object)
        }
        let validator = JSONSchema(documents: ["openrpc": schema, "https://meta.json-schema.tools": draft7])
        #expect(validator.violations(of: document, against: "openrpc") == [])
        // And a document that is none would be noticed.
        for broken: JSON in [
            ["openrpc": "1.3.2", "info": ["title": "x"], "methods": []],
            ["openrpc": "1.3.2", "info": ["title": "x", "version": "1"], "methods": [["name": "x"]]],
            [
                "openrpc": "1.3.2", "info": ["title": "x", "version": "1"],
                "methods": [["name": "x", "params": [["name": "a", "schema": ["type": 7]]]]],
            ],
        ] { #expect(!validator.violations(of: broken, against: "openrpc").isEmpty) }
    }

    @Test func `every schema is a JSON Schema`() throws {
        let validator = try validator()
        for method in methods {
            let schemas = [method["result"]?["schema"]] + (method["params"]?.array ?? []).map { $0["schema"] }
            for schema in schemas {
                let schema = try #require(schema)
                #expect(validator.violations(of: schema, against: "draft7") == [], "\(method["name"]?.text() ?? "")")
            }
        }
    }

    @Test func `every example is what the published schemas allow`() throws {
        for method in methods {
            let name = method["name"]?.string ?? ""
            for example in method["examples"]?.array ?? [] {
                var given = JSONObject()
                for value in example["params"]?.array ?? [] { given[value["name"]?.string ?? ""] = value["value"] }
                for parameter in method["params"]?.array ?? [] {
                    let parameterName = parameter["name"]?.string ?? ""
                    guard let value = given[parameterName] else {
                        #expect(parameter["required"] == false, "\(name): \(parameterName) is missing")
                        continue
                    }
                    given[parameterName] = nil
                    try expectAllowed(value, by: parameter["schema"], "\(name): \(parameterName)")
                }
                #expect(given.isEmpty, "\(name): \(given.keys) are no parameters")
                if let result = example["result"] { try expectAllowed(result["value"], by: method["result"]?["schema"], name) }
            }
        }
    }

    private func expectAllowed(_ value: JSON?, by schema: JSON?, _ what: String) throws {
        let validator = try validator(["schema": try #require(schema)])
        #expect(validator.violations(of: try #require(value), against: "schema") == [], "\(what)")
    }

    /// A program that holds its calls against the published schemas comes to the same verdict as the service.
    @Test(arguments: allMethods.indices) func `the published schemas say what the service checks`(_ index: Int) throws {
        let method = allMethods[index]
        for schema in [method.params, method.result] {
            let validator = try validator(["schema": schema.json])
            for value in [schema.sample, schema.leastSample] {
                #expect(validator.violations(of: value, against: "schema") == [], "\(method.name)")
                for broken in value.broken {
                    #expect(
                        validator.violations(of: broken, against: "schema").isEmpty == schema.validate(broken).isEmpty,
                        "\(method.name): \(broken)")
                }
            }
        }
    }

    @Test func `each method lists each code once, and every reference leads somewhere`() throws {
        let validator = JSONSchema(documents: ["": document])
        for method in methods {
            let errors = try (method["errors"]?.array ?? []).map { error -> JSON in
                guard let reference = error["$ref"]?.string else { return error }
                return try #require(validator.resolve(reference, in: ""), "\(reference) leads nowhere").schema
            }
            let codes = errors.compactMap { $0["code"]?.integer }, kinds = errors.compactMap { $0["data"]?["kind"]?.string }
            #expect(codes.count == errors.count && Set(codes).count == codes.count, "\(method["name"]?.text() ?? "")")
            #expect(Set(kinds).count == codes.count)
            #expect(Set(kinds).isSuperset(of: ErrorKind.universal.map(\.rawValue) + ["invalid_params", "internal_error"]))
        }
    }

    @Test func `parameters that must be there come first, and the deadline last`() {
        for method in methods {
            let parameters = method["params"]?.array ?? []
            let required = parameters.compactMap { $0["required"]?.bool }
            #expect(required == required.filter { $0 } + required.filter { !$0 }, "\(method["name"]?.text() ?? "")")
            #expect(parameters.last?["name"] == .string(Deadline.name) && parameters.last?["schema"]?["maximum"] == 86_400_000)
            #expect(parameters.count { $0["name"] == .string(Deadline.name) } == 1)
        }
    }

    private struct Mistake: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }
}

extension JSON {
    /// Values near this one, most of which no schema allows that allows this one: a member less, one more, another type.
    fileprivate var broken: [JSON] {
        switch self {
        case .object(let object):
            var found: [JSON] = [[], 7]
            for (name, member) in object {
                var without = object, with = object
                without[name] = nil
                with[name + "_x"] = 1
                found += [.object(without), .object(with)]
                found += member.broken.map { replacement in
                    var changed = object
                    changed[name] = replacement
                    return .object(changed)
                }
            }
            return found
        case .array(let elements):
            let one = elements.first.map { $0.broken.map { [$0] } } ?? []
            return [[:], .array([]), .array(elements + [nil])] + one.map { .array($0) }
        case .string(let text): return [1, nil, .string(""), .string(text + String(repeating: "y", count: 1000))]
        case .integer(let value): return ["x", 1.5, .integer(-1 - value), .integer(value &+ 1_000_000_000)]
        case .real, .float: return ["x", 1e300, -1e300, 2]
        case .bool, .null: return [1, "true"]
        }
    }
}
