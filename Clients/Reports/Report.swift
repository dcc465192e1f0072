public import JSON

/// A page to look at: its document, and the one HTML file that shows it.
public struct Report: Sendable {
    /// What the page shows, as Clients/Pages/README.md describes it.
    public let document: JSON

    /// A report with a document.
    public init(document: JSON) { self.document = document }

    /// What stands at its head.
    public var title: String { document["title"]?.string ?? "" }

    /// The page, in UTF-8.
    ///
    /// - Complexity: O(bytes).
    public var html: [UInt8] {
        let page = Array((PageFiles.text("page.html") ?? "").utf8)
        var html: [UInt8] = [], rest = page[...]
        // Placeholders are replaced once, from the beginning to the end: what was put in is not looked at again.
        while let opening = rest.firstRange(of: "{{".utf8), let closing = rest[opening.upperBound...].firstRange(of: "}}".utf8) {
            html += rest[..<opening.lowerBound]
            html += replacement(String(decoding: rest[opening.upperBound..<closing.lowerBound], as: UTF8.self))
            rest = rest[closing.upperBound...]
        }
        return html + rest
    }

    private func replacement(_ name: String) -> [UInt8] {
        switch name {
        case "title": return Self.escapedTitle(title)
        case "report": return json
        default:
            guard let text = PageFiles.text(name) else {
                preconditionFailure("page.html names \(name), which is not compiled in")
            }
            return Array(text.utf8)
        }
    }

    /// The document as the page holds it: no text in it can end the element that it stands in.
    public var json: [UInt8] {
        var escaped: [UInt8] = []
        let bytes = document.bytes()
        escaped.reserveCapacity(bytes.count + bytes.count / 16)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "<"): escaped += "\\u003c".utf8
            case UInt8(ascii: ">"): escaped += "\\u003e".utf8
            case UInt8(ascii: "&"): escaped += "\\u0026".utf8
            // U+2028 and U+2029, which old parsers take for ends of lines, are E2 80 A8 and E2 80 A9.
            case 0xE2 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && (bytes[index + 2] | 1) == 0xA9:
                escaped += (bytes[index + 2] == 0xA8 ? "\\u2028" : "\\u2029").utf8
                index += 2
            default: escaped.append(bytes[index])
            }
            index += 1
        }
        return escaped
    }

    private static func escapedTitle(_ title: String) -> [UInt8] {
        title.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "&"): Array("&amp;".utf8)
            case UInt8(ascii: "<"): Array("&lt;".utf8)
            case UInt8(ascii: ">"): Array("&gt;".utf8)
            case UInt8(ascii: "\""): Array("&quot;".utf8)
            case UInt8(ascii: "'"): Array("&#39;".utf8)
            default: [byte]
            }
        }
    }
}
