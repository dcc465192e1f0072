import API
import Daemon
import JSON

// The page of the protocol: every method with its parameters, results and errors, from the schemas that hold every call to them.

extension ManualPage {
    /// The page of the protocol.
    ///
    /// - Parameters:
    ///   - opening: What stands before the methods, in mdoc.
    ///   - date: Of the page.
    init(methods: [any Method.Type], opening: String, date: String) {
        self.init("qklensd-rpc", section: 7, purpose: "the JSON-RPC 2.0 interface of qklensd", date: date)
        line(opening.trimmingSuffix("\n"))
        heading("LIMITS")
        paragraphs("Each is a setting, see qklensd.conf(5).")
        let limits: [Setting] = [
            .maxMessage, .maxDepth, .maxBatch, .maxRequestsInFlight, .maxUnread, .maxClients, .unfinishedMessage, .maxWaitingJobs,
        ]
        definitions(limits.map { ("Va \($0.key) Pq \($0.usualValue)", $0.summary) })
        heading("METHODS")
        for method in methods { describe(method) }
        heading("ERROR KINDS")
        paragraphs("Match the kind: a message may change. Besides the five of JSON-RPC 2.0, a call may end with these.")
        definitions(
            ErrorKind.allCases.sorted { $0.code < $1.code }.map { kind in
                ("Er \(Self.argument(kind.rawValue)) Pq \(kind.code)", kind.summary)
            })
    }

    private mutating func describe(_ method: any Method.Type) {
        subheading(method.name)
        paragraphs([method.summary, method.description].filter { !$0.isEmpty }.joined(separator: "\n\n"))
        list("Parameters", method.params.members(below: "", withDefaults: true))
        list("Result", method.result.members(below: "", withDefaults: false))
        if !method.errors.isEmpty {
            line(".Pp")
            line("Errors:")
            for (index, kind) in method.errors.enumerated() {
                line(".Er \(Self.argument(kind.rawValue))\(index + 1 < method.errors.count ? " ," : " .")")
            }
        }
        line(".Pp")
        line("Example:")
        let request: JSON = ["jsonrpc": "2.0", "id": 1, "method": .string(method.name), "params": method.example.params]
        literal(request.text().folded)
    }

    private mutating func list(_ title: String, _ members: [SchemaMember]) {
        if members.isEmpty { return }
        line(".Pp")
        line("\(title):")
        definitions(members.map { ("Va \(Self.argument($0.path)) Pq \(Self.argument($0.kind))", $0.meaning) })
    }
}

/// One value in a call or a reply.
private struct SchemaMember {
    let path: String
    let kind: String
    let meaning: String
}

extension Schema {
    /// The members at every depth, each with its path, as in `heads[].score`.
    fileprivate func members(below path: String, withDefaults: Bool) -> [SchemaMember] {
        switch shape {
        case .object(let properties):
            properties.flatMap { property -> [SchemaMember] in
                let name = path.isEmpty ? property.name : path + "." + property.name
                var kind = property.schema.kind
                if !property.isRequired {
                    kind +=
                        property.defaultValue.map { ", default \($0.text())" }
                        ?? (withDefaults ? ", optional" : ", may be absent")
                }
                let own = SchemaMember(path: name, kind: kind, meaning: property.schema.description)
                return [own] + property.schema.members(below: name, withDefaults: withDefaults)
            }
        case .array(let element, _): element.members(below: path + "[]", withDefaults: withDefaults)
        case .map(let value): value.members(below: path + ".*", withDefaults: withDefaults)
        case .nullable(let inner): inner.members(below: path, withDefaults: withDefaults)
        case .either(let schemas): schemas.flatMap { $0.members(below: path, withDefaults: withDefaults) }
        case .string, .integer, .number, .boolean, .any: []
        }
    }

    /// What a value may be, in words.
    fileprivate var kind: String {
        switch shape {
        case .object: "object"
        case .string(let choices, _): choices.isEmpty ? "string" : choices.joined(separator: " | ")
        case .integer: "integer" + limits
        case .number: "number" + limits
        case .boolean: "true or false"
        case .array(let element, _): "list of: \(element.kind)"
        case .map(let value): "object whose values are: \(value.kind)"
        case .nullable(let inner): "\(inner.kind), or null"
        case .either(let schemas): schemas.map(\.kind).joined(separator: ", or ")
        case .any: "any value"
        }
    }

    private var limits: String {
        let words = [("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("exclusiveMaximum", "below")]
        return words.map { key, word in json.object?[key].map { " \(word) \($0.text())" } ?? "" }.joined()
    }
}

extension String {
    /// JSON on lines that fit a terminal, cut behind commas.
    fileprivate var folded: String {
        var lines: [String] = [], current = ""
        for piece in split(separator: ",", omittingEmptySubsequences: false) {
            let width = 72
            if !current.isEmpty, current.utf8.count + piece.utf8.count > width {
                lines.append(current + ",")
                current = String(piece)
            } else {
                current += (current.isEmpty ? "" : ",") + piece
            }
        }
        return (lines + [current]).joined(separator: "\n")
    }
}
