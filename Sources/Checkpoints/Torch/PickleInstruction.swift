/// The instructions of pickles that dictionaries of tensors need.
///
/// *Source:* CPython's pickletools; `torch.save` of torch 2.13.
enum PickleInstruction: UInt8 {
    case `protocol` = 0x80
    case stop = 0x2E  // .
    case mark = 0x28  // (
    case none = 0x4E  // N
    case `true` = 0x88
    case `false` = 0x89
    case byteInteger = 0x4B  // K
    case shortInteger = 0x4D  // M
    case integer = 0x4A  // J
    case longInteger = 0x8A
    case real = 0x47  // G
    case text = 0x58  // X
    case shortText = 0x8C
    case emptyTuple = 0x29  // )
    case tuple = 0x74  // t
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case emptyList = 0x5D  // ]
    case append = 0x61  // a
    case appends = 0x65  // e
    case emptyDictionary = 0x7D  // }
    case setItem = 0x73  // s
    case setItems = 0x75  // u
    case put = 0x71  // q
    case longPut = 0x72  // r
    case get = 0x68  // h
    case longGet = 0x6A  // j
    case global = 0x63  // c
    case persistent = 0x51  // Q
    case reduce = 0x52  // R
    case build = 0x62  // b

    /// The other instructions, by their names in CPython.
    private static let refused: KeyValuePairs<UInt8, String> = [
        0x30: "POP", 0x31: "POP_MARK", 0x32: "DUP", 0x46: "FLOAT", 0x49: "INT", 0x4C: "LONG", 0x50: "PERSID", 0x53: "STRING",
        0x54: "BINSTRING", 0x55: "SHORT_BINSTRING", 0x56: "UNICODE", 0x64: "DICT", 0x67: "GET", 0x69: "INST", 0x6C: "LIST",
        0x6F: "OBJ", 0x70: "PUT", 0x42: "BINBYTES", 0x43: "SHORT_BINBYTES", 0x81: "NEWOBJ", 0x82: "EXT1", 0x83: "EXT2",
        0x84: "EXT4",
        0x8B: "LONG4", 0x8D: "BINUNICODE8", 0x8E: "BINBYTES8", 0x8F: "EMPTY_SET", 0x90: "ADDITEMS", 0x91: "FROZENSET",
        0x92: "NEWOBJ_EX", 0x93: "STACK_GLOBAL", 0x94: "MEMOIZE", 0x95: "FRAME", 0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER",
        0x98: "READONLY_BUFFER",
    ]

    /// What to call an instruction that is not among these.
    static func name(ofRefused code: UInt8) -> String {
        refused.first { $0.key == code }?.value ?? "0x" + String(code, radix: 16)
    }
}
