private import CJansson

/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, in Jansson's words or ours.
    public let reason: String
    /// Byte offset in the text where reading stopped.
    public let offset: Int

    /// One sentence: the reason and the byte offset.
    public var description: String { "invalid JSON at byte \(offset): \(reason)" }
}

extension JSON {
    /// The deepest nesting that is read unless a caller asks for another (arrays and objects together).
    public static let defaultDepth = 64

    /// Parses one JSON value, with nothing but white space around it.
    ///
    /// Stricter than RFC 8259 in three listed points: duplicate member names are refused, so are NUL characters in member names
    /// and numbers that neither a 64-bit integer nor a finite double can hold.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8 text.
    ///   - depth: the deepest nesting accepted; checked before the text reaches the parser.
    /// - Throws: ``JSONError``.
    /// - Complexity: O(bytes).
    public init(parsing bytes: [UInt8], depth: Int = JSON.defaultDepth) throws(JSONError) {
        try JSON.checkDepth(bytes, limit: depth)
        var failure = json_error_t()
        let flags = size_t(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)
        let root = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe json_loadb($0.baseAddress, $0.count, flags, &failure) }
        }
        guard let root = unsafe root else {
            let reason = unsafe withUnsafeBytes(of: failure.text) { raw in
                unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw JSONError(reason: bytes.isEmpty ? "the text is empty" : reason, offset: max(0, Int(failure.position)))
        }
        defer { unsafe qk_json_release(root) }
        self = unsafe JSON(copying: root)
    }

    /// Parses one JSON value from a string; see ``init(parsing:depth:)``.
    public init(parsing text: String, depth: Int = JSON.defaultDepth) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), depth: depth)
    }

    /// Refuses nesting beyond the limit before any recursion sees it, and NUL bytes between values.
    private static func checkDepth(_ bytes: [UInt8], limit: Int) throws(JSONError) {
        var depth = 0
        var inString = false
        var escaped = false
        for (offset, byte) in bytes.enumerated() {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > limit { throw JSONError(reason: "nested deeper than \(limit) levels", offset: offset) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            // Jansson takes a NUL byte outside of a string for the end of the text, whatever follows.
            case 0: throw JSONError(reason: "a NUL byte outside of a string", offset: offset)
            default: break
            }
        }
    }

    /// Copies a value out of Jansson's tree.
    private init(copying value: UnsafeMutablePointer<json_t>) {
        switch unsafe qk_json_type(value) {
        case JSON_OBJECT:
            var object = JSONObject()
            unsafe object.reserve(json_object_size(value))
            var iterator = unsafe json_object_iter(value)
            while let member = unsafe iterator {
                let key = unsafe String(cString: json_object_iter_key(member))
                object[key] = unsafe JSON(copying: json_object_iter_value(member))
                unsafe iterator = json_object_iter_next(value, member)
            }
            self = .object(object)
        case JSON_ARRAY:
            let count = unsafe json_array_size(value)
            self = .array((0..<count).map { unsafe JSON(copying: json_array_get(value, $0)) })
        case JSON_STRING:
            let bytes = unsafe UnsafeRawBufferPointer(start: json_string_value(value), count: json_string_length(value))
            self = .string(unsafe String(decoding: bytes, as: UTF8.self))
        case JSON_INTEGER: self = unsafe .integer(Int(json_integer_value(value)))
        case JSON_REAL: self = unsafe .real(json_real_value(value))
        case JSON_TRUE: self = .bool(true)
        case JSON_FALSE: self = .bool(false)
        default: self = .null
        }
    }
}
