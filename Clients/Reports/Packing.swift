import JSON
import JSONRPC

// From answers to the document (Clients/Pages/README.md):
//
// 1. Every answer loses what the page does not need; its patterns have become triangles of small numbers before (`Triangle`).
// 2. Numbers are rounded to five significant digits, tokens' texts become indices into one list, and lists of alike objects become
//    tables, whose names stand only once: a tenth of what the answers were.
// 3. The calls of one method stand together, with the parameters that they have in common.
//
// Texts are compared and sorted by their bytes: Swift's own comparison takes different tokens for the same text.

/// Packs answers into a document.
enum Packing {
    /// The version of the documents' form.
    static let format = 1
    /// The members that hold tokens' texts.
    private static let pieceMembers: Set<String> = ["after", "before", "destination_piece", "piece", "pieces", "source_piece"]

    /// Answers whose numbers are subtracted from each other stay as they are.
    private static let exact: Set<String> = ["removal"]

    /// The whole document.
    static func document(
        _ report: String, title: String, version: String, now: Int, answers: [(name: String, answers: Answers)],
        leftOut: [String: [String]]
    ) -> JSON {
        var kept: [(name: String, answers: Answers)] = []
        for (name, answered) in answers where !answered.outcomes.isEmpty {
            let paths = (leftOut[name] ?? []).map { $0.split(separator: ".").map(String.init)[...] }
            kept.append((name, answered.mapResults { result in paths.reduce(result) { without($0, $1) } }))
        }
        var texts: Set<[UInt8]> = []
        for (_, answered) in kept { for result in answered.results { collect(result, nil, &texts) } }
        let pieces = texts.sorted { $0.lexicographicallyPrecedes($1) }
        let indices = Dictionary(uniqueKeysWithValues: pieces.enumerated().map { ($0.element, $0.offset) })
        var calls: JSONObject = [:]
        for (name, answered) in kept { calls[name] = self.calls(answered, indices, isExact: exact.contains(name)) }
        return [
            "format": .integer(format), "report": .string(report), "title": .string(title), "created_ms": .integer(now),
            "version": .string(version), "pieces": .array(pieces.map { .string(String(decoding: $0, as: UTF8.self)) }),
            "answers": .object(calls),
        ]
    }

    /// The value without the member at the path, of each element where there are lists.
    static func without(_ value: JSON, _ path: ArraySlice<String>) -> JSON {
        switch value {
        case .array(let elements): return .array(elements.map { without($0, path) })
        case .object(var members):
            guard let name = path.first, let member = members[name] else { return value }
            // A bare nil would be JSON's null.
            members[name] = path.count == 1 ? JSON?.none : without(member, path.dropFirst())
            return .object(members)
        case .null, .bool, .integer, .real, .float, .string: return value
        }
    }

    private static func calls(_ answered: Answers, _ indices: [[UInt8]: Int], isExact: Bool) -> JSON {
        var common: JSONObject = [:]
        for (name, value) in answered.params.first ?? [:] where answered.params.allSatisfy({ $0[name] == value }) {
            common[name] = value
        }
        let calls = zip(answered.params, answered.outcomes).map { params, outcome -> JSON in
            var own: JSONObject = [:]
            for (name, value) in params where common[name] == nil { own[name] = value }
            var call: JSONObject = ["params": .object(own)]
            switch outcome {
            case .success(let result): call["result"] = packed(result, nil, indices, isExact)
            case .failure(let error): call["error"] = ["kind": .string(error.kind ?? ""), "message": .string(error.message)]
            }
            return .object(call)
        }
        return ["method": .string(answered.method), "params": .object(common), "calls": table(calls)]
    }

    private static func collect(_ value: JSON, _ name: String?, _ texts: inout Set<[UInt8]>) {
        switch value {
        case .object(let members): for (member, inner) in members { collect(inner, member, &texts) }
        case .array(let elements): for inner in elements { collect(inner, name, &texts) }
        case .string(let text): if let name, pieceMembers.contains(name) { texts.insert(Array(text.utf8)) }
        case .null, .bool, .integer, .real, .float: break
        }
    }

    private static func packed(_ value: JSON, _ name: String?, _ indices: [[UInt8]: Int], _ isExact: Bool) -> JSON {
        switch value {
        case .null, .bool, .integer: value
        case .real where isExact: value
        case .real(let number): SignificantDigits.rounded(number)
        case .float(let number): SignificantDigits.rounded(Double(number))
        case .string(let text):
            if let name, pieceMembers.contains(name), let index = indices[Array(text.utf8)] { .integer(index) } else { value }
        case .object(let members):
            .object(JSONObject(distinct: members.map { ($0.key, packed($0.value, $0.key, indices, isExact)) }))
        case .array(let elements): table(elements.map { packed($0, name, indices, isExact) })
        }
    }

    /// A list of alike objects with their names once; any other list as it is.
    static func table(_ rows: [JSON]) -> JSON {
        guard rows.count >= 2, let names = rows[0].object?.keys, !names.isEmpty else { return .array(rows) }
        let alike = rows.allSatisfy { row in
            guard let members = row.object else { return false }
            return members.count == names.count && names.allSatisfy { members[$0] != nil }
        }
        guard alike else { return .array(rows) }
        let columns = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return [
            "$columns": .array(columns.map(JSON.string)),
            "$rows": .array(rows.map { row in .array(columns.map { row[$0] ?? .null }) }),
        ]
    }
}
