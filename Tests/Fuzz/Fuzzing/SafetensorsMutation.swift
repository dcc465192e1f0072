// A spoilt safetensors file from a seed.
//
// 1. A file of up to four tensors is drawn, valid but for element types of less than a byte.
// 2. Up to two things in its structure are changed: an offset, a shape, a name, a member, the length. Some changes leave it valid.
// 3. One file in five has bytes of its header changed, inserted or deleted besides, and one in thirty-two is cut.
//
// Tests/References/safetensors/mutations.py does the same, draw by draw, and asks the reference library for its verdicts; a change here
// has to be made there, and the verdicts made anew.

/// A spoilt safetensors file.
public enum SafetensorsMutation {
    /// The bytes of the file that follows from an index.
    public static func file(_ index: UInt64) -> [UInt8] {
        var draws = Draws(seed: index)
        var file = SpoiltFile(&draws)
        for _ in 0..<draws.below(3) { file.spoil(&draws) }
        var header = file.header()
        var length = UInt64(header.count)
        if draws.oneIn(5) {
            spoil(&header, &draws)
            if !draws.oneIn(8) { length = UInt64(header.count) }
        }
        length = file.length ?? length
        let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        let result = prefix + header + [UInt8](repeating: 0, count: file.data)
        return draws.oneIn(32) ? Array(result.prefix(draws.below(result.count + 1))) : result
    }

    /// Changes one or two places of a header's text.
    private static func spoil(_ header: inout [UInt8], _ draws: inout Draws) {
        for _ in 0..<1 + draws.below(2) where !header.isEmpty {
            let kind = draws.below(6), at = draws.below(header.count)
            switch kind {
            case 0: header[at] ^= 1 << UInt8(draws.below(8))
            case 1: header[at] = draws.pick(SafetensorsChoices.bytes)
            case 2: header.insert(draws.pick(SafetensorsChoices.bytes), at: at)
            case 3: header.remove(at: at)
            case 4: header.insert(contentsOf: draws.pick(SafetensorsChoices.splices), at: at)
            default:
                let digits = header.indices.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(header[$0]) }
                if digits.isEmpty { continue }
                let place = draws.pick(digits)
                header[place] = UInt8(ascii: "0") + UInt8(draws.below(10))
            }
        }
    }
}

/// One tensor's description, in the texts of which it is made.
private struct SpoiltTensor {
    var name, element: String
    var shape: [String]
    var begin, end: Int
    /// The members in the order in which they are written.
    var members = [0, 1, 2]
    var memberNames = SafetensorsChoices.members
    /// A text in place of the two numbers.
    var offsets: String?
    var extras: [String] = []
    var isArray = false

    func text(_ space: String) -> String {
        let values = [
            element, "[" + shape.joined(separator: "," + space) + "]", offsets ?? "[\(begin),\(space)\(end)]",
        ]
        if isArray { return "[" + values.joined(separator: ",") + "]" }
        let parts = members.map { memberNames[$0] + space + ":" + values[$0] } + extras
        return "{" + parts.joined(separator: "," + space) + space + "}"
    }
}

/// A file in the parts of which it is made.
private struct SpoiltFile {
    private var tensors: [SpoiltTensor] = []
    private var metadata: String?
    private var lead = "", trail = "", space = ""
    /// A length that is not the header's own.
    private(set) var length: UInt64?
    /// The bytes after the header.
    private(set) var data = 0

    init(_ draws: inout Draws) {
        for index in 0..<draws.below(5) {
            let (element, bits) = draws.pick(SafetensorsChoices.elements)
            let shape = (0..<draws.below(4)).map { _ in draws.below(5) }
            let size = (shape.reduce(bits, *) + 7) / 8
            let name = "\"" + draws.pick(SafetensorsChoices.names) + "\(index)\""
            tensors.append(
                SpoiltTensor(name: name, element: "\"\(element)\"", shape: shape.map(String.init), begin: data, end: data + size))
            data += size
        }
        if draws.oneIn(3) { metadata = draws.pick(SafetensorsChoices.metadata[..<4]) }
        if draws.oneIn(4), let last = tensors.popLast() { tensors.insert(last, at: 0) }
    }

    /// The header's text.
    func header() -> [UInt8] {
        var members = metadata.map { ["\"__metadata__\":" + space + $0] } ?? []
        members += tensors.map { $0.name + space + ":" + space + $0.text(space) }
        return Array((lead + "{" + space + members.joined(separator: "," + space) + space + "}" + trail).utf8)
    }

    /// Changes one thing.
    mutating func spoil(_ draws: inout Draws) {
        let kind = draws.below(32)
        switch kind {
        case 0: data = max(0, data + draws.pick(SafetensorsChoices.shifts[..<7]))
        case 1: metadata = draws.pick(SafetensorsChoices.metadata)
        case 2: lead = draws.pick(SafetensorsChoices.leads)
        case 3: trail = draws.pick(SafetensorsChoices.trails)
        case 4: length = draws.pick(SafetensorsChoices.lengths)
        case 5: space = draws.pick(SafetensorsChoices.spaces)
        default:
            guard !tensors.isEmpty else { return }
            let index = draws.below(tensors.count)
            switch kind {
            case 6..<14: spoilOffsets(kind, index, &draws)
            case 14..<21: tensors[index].spoilShapeOrElement(kind, &draws)
            case 21..<26: spoilList(kind, index, &draws)
            default: tensors[index].spoilMembers(kind, &draws)
            }
        }
    }

    private mutating func spoilOffsets(_ kind: Int, _ index: Int, _ draws: inout Draws) {
        switch kind {
        case 6: tensors[index].begin += draws.pick(SafetensorsChoices.shifts)
        case 7: tensors[index].end += draws.pick(SafetensorsChoices.shifts)
        case 8: (tensors[index].begin, tensors[index].end) = (tensors[index].end, tensors[index].begin)
        case 9: tensors[index].shift(by: draws.pick(SafetensorsChoices.shifts))
        case 10:
            let by = draws.pick([1, 4, 8])
            for later in index..<tensors.count { tensors[later].shift(by: by) }
            data += by
        case 11: tensors[index].offsets = "[" + draws.pick(SafetensorsChoices.numbers) + ",\(tensors[index].end)]"
        case 12: tensors[index].offsets = "[\(tensors[index].begin)," + draws.pick(SafetensorsChoices.numbers) + "]"
        default: tensors[index].offsets = draws.pick(["[]", "[0]", "[0,0,0]", "null", "{}", "0", "\"[0,4]\""])
        }
    }

    private mutating func spoilList(_ kind: Int, _ index: Int, _ draws: inout Draws) {
        var copy = tensors[index]
        switch kind {
        case 21: tensors[index].name = draws.pick(SafetensorsChoices.oddNames)
        case 22: tensors[index].name = draws.pick(tensors).name
        case 23: tensors.append(copy)
        case 24:
            copy.name = "\"copy\""
            tensors.append(copy)
        default:
            tensors.append(
                SpoiltTensor(name: "\"empty\"", element: copy.element, shape: ["0", "3"], begin: copy.end, end: copy.end))
        }
    }
}

extension SpoiltTensor {
    mutating func shift(by count: Int) { (begin, end) = (begin + count, end + count) }

    mutating func spoilShapeOrElement(_ kind: Int, _ draws: inout Draws) {
        switch kind {
        case 14:
            if shape.isEmpty { return }
            let at = draws.below(shape.count)
            shape[at] = draws.pick(SafetensorsChoices.numbers)
        case 15: shape.append(draws.pick(SafetensorsChoices.numbers))
        case 16: shape.insert(draws.pick(SafetensorsChoices.numbers), at: 0)
        case 17: shape.append("1")
        case 18:
            shape.append(draws.pick(["18446744073709551615", "9223372036854775807", "4294967296", "2"]))
            shape.append(draws.pick(["2", "4294967296", "0"]))
        case 19: element = draws.pick(SafetensorsChoices.wrongElements)
        default: element = "\"" + draws.pick(SafetensorsChoices.elements).name + "\""
        }
    }

    mutating func spoilMembers(_ kind: Int, _ draws: inout Draws) {
        switch kind {
        case 26: extras.append("\"x\":" + draws.pick(SafetensorsChoices.extras))
        case 27:
            let depth = draws.pick([1, 2, 64, 124, 125, 126, 127, 200])
            let (opening, inner, closing) = draws.pick([("[", "", "]"), ("{\"y\":", "1", "}")])
            extras.append(
                "\"x\":" + String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth))
        case 28: if !members.isEmpty { members.remove(at: draws.below(members.count)) }
        case 29: if draws.oneIn(2) { members.append(draws.below(3)) } else { members.reverse() }
        case 30:
            let which = draws.below(3)
            memberNames[which] =
                draws.oneIn(2) ? SafetensorsChoices.speltMembers[which] : draws.pick(SafetensorsChoices.wrongMembers)
        default: if draws.oneIn(4) { isArray = true } else { shape.insert("1", at: 0) }
        }
    }
}
