/// What mutations of safetensors files choose from; the same tables stand in `mutations.py`.
enum SafetensorsChoices {
    /// Element types and their bits; the commonest three times.
    static let elements: [(name: String, bits: Int)] = [
        ("F32", 32), ("F32", 32), ("F32", 32), ("F16", 16), ("BF16", 16), ("F64", 64), ("BOOL", 8), ("U8", 8), ("I8", 8),
        ("I16", 16), ("U16", 16), ("I32", 32), ("U32", 32), ("I64", 64), ("U64", 64), ("C64", 64), ("F8_E4M3", 8),
        ("F8_E5M2", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6),
    ]
    /// Beginnings of names, as JSON spells them.
    static let names: [String] = [
        "a", "wte.weight", "h.0.attn.c_attn.weight", "\u{E9}", "\u{65E5}\u{672C}", "\\u0000", "\\ud83d\\ude00", " ", "\\n",
        "__metadata", "\\\"", "transformer.h.0.ln_1.bias",
    ]
    /// Whole names, some of them no JSON.
    static let oddNames: [String] = [
        "\"\"", "\"__metadata__\"", "\"\\u005f_metadata__\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\u0041\"",
        "\"\\q\"", "\"a", "a", "1", "null", "\"\t\"", "\"\u{7F}\"", "\"e\u{301}\"", "\"\u{E9}\"", "\"\\u00e9\"", "\"\u{FEFF}\"",
        "\"\u{1F9E0}\"", "\"\\u12g4\"", "\"\\/\"", "\"\\u0041\"", "{}",
    ]
    /// What stands where a number should.
    static let numbers: [String] = [
        "-0", "-1", "1.0", "2.0", "1e2", "01", "00", "+1", "0x1", "18446744073709551615", "18446744073709551616",
        "9223372036854775807", "9223372036854775808", "4611686018427387904", "4294967296", "3037000500", "\"1\"", "null",
        "true", "[1]", "{}", "", "NaN", "Infinity", "1e999", "-", "1.", "1E0", "0", "1", "2", "4", " 1 ", "1 ", "\t1", "1\n",
        "1_0", "123456789012345678901234567890",
    ]
    /// What stands where an element type should.
    static let wrongElements: [String] = [
        "\"f32\"", "\"F128\"", "\"\"", "null", "17", "{\"F32\":null}", "{\"F32\":1}", "[\"F32\"]", "\"F32 \"", "\"F\\u00332\"",
        "\"I4\"", "\"F8_E4M3FN\"", "F32", "\"FLOAT\"", "true", "{}", "\"\\u0000\"",
    ]
    /// Values of a member that means nothing.
    static let extras: [String] = [
        "1", "-0", "1e999", "1e-999", "01", "1.", ".5", "NaN", "nul", "null", "true", "\"\\ud800\"", "\"\\ud83d\\ude00\"",
        "\"\\ude00\"", "\"\\q\"", "{\"a\":1,\"a\":2}", "[1,]", "[]", "{}", "[1 2]", "123456789012345678901234567890", "1E+2",
        "[[[[]]]]", "{\"x\":{\"x\":[]}}", "[\"\\u0000\",{}]", "\"\u{E9}\"", "-", "{\"a\"}", "{,}", "[,]", "1.5e+", "-1.25E-7",
        "\"\u{85}\u{2028}\"", "false", "tru", "\"\u{1F}\"",
    ]
    /// Values of `__metadata__`; the first four are right.
    static let metadata: [String] = [
        "{}", "null", "{\"format\":\"pt\"}", "{\"format\":\"pt\",\"\":\"\"}", "{\"a\":1}", "{\"a\":null}", "{\"a\":{}}", "[]",
        "\"x\"", "1", "{\"a\":\"b\",\"a\":\"c\"}", "{\"\\u0000\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}",
        "{\"e\u{301}\":\"1\",\"\u{E9}\":\"2\"}", "{\"a\":\"b\",}", "{\"a\":\"\u{1F9E0}\"}", "true", "{\"a\":[\"b\"]}",
    ]
    /// What stands before the header's object.
    static let leads: [String] = [
        " ", "\n", "\t", "\r", "\u{FEFF}", "\u{0}", "  {}", "[", "\u{B}", "\u{A0}",
    ]
    /// What stands after it.
    static let trails: [String] = [
        " ", "       ", "\n", "\t", "\r\n", "\u{0}", "x", "{}", "}", ",", "\u{B}", "\u{A0}", "  x", "//",
    ]
    /// What stands between the header's symbols.
    static let spaces: [String] = [
        "", "", "", " ", "\n", "\t ", " \r\n", "\u{B}", "\u{0}", "\u{A0}",
    ]
    /// The members of a tensor's description.
    static let members: [String] = [
        "\"dtype\"", "\"shape\"", "\"data_offsets\"",
    ]
    /// The same, with escapes.
    static let speltMembers: [String] = [
        "\"\\u0064type\"", "\"\\u0073hape\"", "\"data\\u005foffsets\"",
    ]
    /// Names of members that are not those.
    static let wrongMembers: [String] = [
        "\"Dtype\"", "\"shapes\"", "\"data_offset\"", "\"\"", "null", "dtype",
    ]
    /// Lengths of a header that are no length of one.
    static let lengths: [UInt64] = [
        0, 1, 2, 7, 8, 100000000, 100000001, 2147483648, 4294967296, 9223372036854775807, 9223372036854775808,
        18446744073709551608, 18446744073709551615,
    ]
    /// By how much an offset is wrong.
    static let shifts: [Int] = [
        -8, -4, -1, 1, 4, 8, 64, 1099511627776,
    ]
    /// Bytes that mean something to a parser, or nothing to anyone.
    static let bytes: [UInt8] = [
        0x7B, 0x7D, 0x5B, 0x5D, 0x2C, 0x3A, 0x22, 0x5C, 0x30, 0x31, 0x39, 0x2D, 0x2E, 0x65, 0x45, 0x20, 0x09, 0x0A, 0x0D, 0x00,
        0x01, 0x1F, 0x7F, 0x80, 0xBF, 0xC0, 0xC3, 0xE2, 0xED, 0xF0, 0xF4, 0xFF,
    ]
    /// Several at once: broken and unusual UTF-8, escapes, empty values.
    static let splices: [[UInt8]] = [
        [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xC3, 0xA9], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0xA7, 0xA0], [0xE2, 0x82],
        [0xFF, 0xFE], [0x5C, 0x75, 0x30, 0x30, 0x30, 0x30], [0x5C, 0x75, 0x64, 0x38, 0x30, 0x30], [0xEF, 0xBB, 0xBF],
        [0x7B, 0x7D], [0x22, 0x22], [0x5B, 0x5D], [0x2C, 0x22, 0x78, 0x22, 0x3A, 0x31],
    ]
}
