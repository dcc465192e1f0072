/// Something on the stack of a pickle; containers by their numbers.
enum PickleValue: Hashable {
    case none
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    case tuple(Int), list(Int), dictionary(Int)
    case global(PickleGlobal)
    case storage(TorchStorage)
    case tensor(Int)

    /// What it is, in words.
    var kind: String {
        switch self {
        case .none: "None"
        case .boolean: "a truth value"
        case .integer: "an integer"
        case .real: "a float"
        case .text: "a text"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global(let global): "the name \(global)"
        case .storage: "a storage"
        case .tensor: "a tensor"
        }
    }
}

/// The names that a pickle of tensors may refer to.
enum PickleGlobal: Hashable, CustomStringConvertible {
    case orderedDictionary, rebuildTensor
    case storage(ElementType)

    private static let storages: KeyValuePairs<String, ElementType> = [
        "FloatStorage": .F32, "HalfStorage": .F16, "BFloat16Storage": .BF16, "DoubleStorage": .F64, "LongStorage": .I64,
        "IntStorage": .I32, "ShortStorage": .I16, "CharStorage": .I8, "ByteStorage": .U8, "BoolStorage": .BOOL,
    ]

    /// The name of a module and of something in it; nil for every other.
    init?(_ module: String, _ name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch", let name):
            guard let dtype = Self.storages.first(where: { $0.key == name })?.value else { return nil }
            self = .storage(dtype)
        default: return nil
        }
    }

    var description: String {
        switch self {
        case .orderedDictionary: "OrderedDict"
        case .rebuildTensor: "_rebuild_tensor_v2"
        case .storage(let dtype): "of a storage of \(dtype)"
        }
    }
}

/// Runs the instructions of a pickle.
struct PickleMachine {
    private(set) var tuples: [[PickleValue]] = []
    private(set) var lists: [[PickleValue]] = []
    private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    private(set) var tensors: [TorchTensorView] = []

    private let bytes: [UInt8]
    private var place = 0
    /// Where the instruction being run stands.
    private var start = 0
    private var stack: [PickleValue] = []
    /// The stack's heights at the marks.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    /// The most values that may be remembered, or lie on the stack.
    private static let most = 1 << 20
    /// The protocols whose instructions are known here.
    private static let protocols: ClosedRange<UInt8> = 2...3

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Runs to the end; what is left on the stack.
    mutating func run() throws(TorchArchiveError.Reason) -> PickleValue {
        guard bytes.count >= 2, bytes[0] == PickleInstruction.protocol.rawValue, Self.protocols.contains(bytes[1]) else {
            throw .pickle("it does not begin as a pickle of protocol 2 or 3 does", offset: 0)
        }
        while true {
            start = place
            let code = try byte()
            guard let instruction = PickleInstruction(rawValue: code) else {
                throw .instruction(PickleInstruction.name(ofRefused: code), offset: start)
            }
            if instruction == .stop { break }
            try run(instruction)
            guard stack.count <= Self.most, memo.count <= Self.most else {
                throw fault("it piles up more than \(Self.most) values")
            }
        }
        guard stack.count == 1, marks.isEmpty else { throw fault("\(stack.count) values are left where there should be one") }
        guard place == bytes.count else { throw fault("\(bytes.count - place) bytes follow its end") }
        return stack[0]
    }

    private mutating func run(_ instruction: PickleInstruction) throws(TorchArchiveError.Reason) {
        switch instruction {
        case .stop: break
        case .protocol:
            guard start == 0 else { throw fault("a second protocol is named") }
            _ = try byte()
        case .mark: marks.append(stack.count)
        case .none: stack.append(.none)
        case .true: stack.append(.boolean(true))
        case .false: stack.append(.boolean(false))
        case .byteInteger: stack.append(.integer(Int(try byte())))
        case .shortInteger: stack.append(.integer(Int(UInt16(littleEndian: try take(2), at: 0))))
        case .integer: stack.append(.integer(Int(Int32(littleEndian: try take(4), at: 0))))
        case .longInteger: stack.append(.integer(try longInteger()))
        case .real: stack.append(.real(Double(bitPattern: UInt64(littleEndian: try take(8), at: 0).byteSwapped)))
        case .text: stack.append(.text(try text(Int(UInt32(littleEndian: try take(4), at: 0)))))
        case .shortText: stack.append(.text(try text(Int(try byte()))))
        case .emptyTuple: pushTuple([])
        case .tuple: pushTuple(try takeToMark())
        case .tuple1: pushTuple(try pop(1))
        case .tuple2: pushTuple(try pop(2))
        case .tuple3: pushTuple(try pop(3))
        case .emptyList:
            lists.append([])
            stack.append(.list(lists.count - 1))
        case .append: try append(try pop(1))
        case .appends: try append(try takeToMark())
        case .emptyDictionary: pushDictionary()
        case .setItem: try set(try pop(2))
        case .setItems: try set(try takeToMark())
        case .put: remember(Int(try byte()))
        case .longPut: remember(Int(UInt32(littleEndian: try take(4), at: 0)))
        case .get: try recall(Int(try byte()))
        case .longGet: try recall(Int(UInt32(littleEndian: try take(4), at: 0)))
        case .global: try pushGlobal()
        case .persistent: stack.append(try storage(try pop(1)[0]))
        case .reduce: try reduce()
        case .build: try build()
        }
    }
}

// What instructions do.
extension PickleMachine {
    private mutating func pushTuple(_ values: [PickleValue]) {
        tuples.append(values)
        stack.append(.tuple(tuples.count - 1))
    }

    private mutating func pushDictionary() {
        dictionaries.append([])
        stack.append(.dictionary(dictionaries.count - 1))
    }

    private mutating func append(_ values: [PickleValue]) throws(TorchArchiveError.Reason) {
        guard case .list(let number)? = visible else { throw fault("something is appended to what is no list") }
        lists[number] += values
    }

    private mutating func set(_ items: [PickleValue]) throws(TorchArchiveError.Reason) {
        guard case .dictionary(let number)? = visible else { throw fault("an item is set in what is no dictionary") }
        guard items.count.isMultiple(of: 2) else { throw fault("a key has no value") }
        for index in stride(from: 0, to: items.count, by: 2) { dictionaries[number].append((items[index], items[index + 1])) }
    }

    private mutating func remember(_ index: Int) {
        // An index that nothing is remembered under is found out where it is asked for.
        if let value = visible { memo[index] = value }
    }

    private mutating func recall(_ index: Int) throws(TorchArchiveError.Reason) {
        guard let value = memo[index] else { throw fault("nothing is remembered as \(index)") }
        stack.append(value)
    }

    private mutating func pushGlobal() throws(TorchArchiveError.Reason) {
        let module = try line(), name = try line()
        guard let global = PickleGlobal(module, name) else { throw .global("\(module).\(name)", offset: start) }
        stack.append(.global(global))
    }

    /// A storage from ('storage', type, key, location, elements); where it lay once means nothing.
    private func storage(_ value: PickleValue) throws(TorchArchiveError.Reason) -> PickleValue {
        guard case .tuple(let number) = value, tuples[number].count == 5, tuples[number][0] == .text("storage"),
            case .global(.storage(let dtype)) = tuples[number][1], case .text(let key) = tuples[number][2],
            case .text = tuples[number][3], case .integer(let count) = tuples[number][4], count >= 0
        else { throw fault("a storage is not named by its type, its key, its place and its number of elements") }
        guard (1...18).contains(key.utf8.count), key.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            throw fault("the storage '\(key)' is not named by a number")
        }
        return .storage(TorchStorage(key: key, dtype: dtype, count: count))
    }

    private mutating func reduce() throws(TorchArchiveError.Reason) {
        let operands = try pop(2)
        guard case .tuple(let number) = operands[1] else {
            throw fault("the arguments of a call are \(operands[1].kind), not a tuple")
        }
        switch operands[0] {
        case .global(.orderedDictionary) where tuples[number].isEmpty: pushDictionary()
        case .global(.orderedDictionary): throw fault("OrderedDict is given \(tuples[number].count) arguments")
        case .global(.rebuildTensor): try rebuildTensor(tuples[number])
        default: throw fault("\(operands[0].kind) is called")
        }
    }

    /// A tensor from (storage, offset, shape, strides, requires_grad, hooks); there must be no hooks.
    private mutating func rebuildTensor(_ arguments: [PickleValue]) throws(TorchArchiveError.Reason) {
        guard arguments.count == 6, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
            let shape = integers(arguments[2]), let strides = integers(arguments[3]), case .boolean = arguments[4],
            case .dictionary(let hooks) = arguments[5], dictionaries[hooks].isEmpty
        else {
            throw fault("_rebuild_tensor_v2 is not given a storage, an offset, a shape, strides, a truth value and no hooks")
        }
        do throws(TorchTensorView.ViewFault) {
            tensors.append(try TorchTensorView(storage, offset: offset, shape: shape, strides: strides))
        } catch {
            throw fault("a tensor " + error.reason)
        }
        stack.append(.tensor(tensors.count - 1))
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard case .tuple(let number) = value else { return nil }
        var integers: [Int] = []
        for case .integer(let integer) in tuples[number] { integers.append(integer) }
        return integers.count == tuples[number].count ? integers : nil
    }

    private mutating func build() throws(TorchArchiveError.Reason) {
        guard case .dictionary = try pop(1)[0], case .dictionary? = visible else {
            throw fault("attributes are given to something else than a dictionary")
        }
    }
}

// What instructions read.
extension PickleMachine {
    private func fault(_ reason: String) -> TorchArchiveError.Reason { .pickle(reason, offset: start) }

    /// The top of the stack, if it lies above the last mark.
    private var visible: PickleValue? { stack.count > marks.last ?? 0 ? stack.last : nil }

    private mutating func pop(_ count: Int) throws(TorchArchiveError.Reason) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw fault("fewer than \(count) values lie on the stack") }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    private mutating func takeToMark() throws(TorchArchiveError.Reason) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw fault("there is no mark on the stack") }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func take(_ count: Int) throws(TorchArchiveError.Reason) -> [UInt8] {
        guard count <= bytes.count - place else { throw fault("\(count) bytes are wanted where \(bytes.count - place) are left") }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    private mutating func byte() throws(TorchArchiveError.Reason) -> UInt8 {
        guard place < bytes.count else { throw fault("it has no end") }
        defer { place += 1 }
        return bytes[place]
    }

    private mutating func text(_ count: Int) throws(TorchArchiveError.Reason) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else { throw fault("a text is not UTF-8") }
        return text
    }

    /// A text up to the end of the line.
    private mutating func line() throws(TorchArchiveError.Reason) -> String {
        guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else { throw fault("a name has no end") }
        let text = try text(end - place)
        place = end + 1
        return text
    }

    /// An integer of up to eight bytes, two's complement.
    private mutating func longInteger() throws(TorchArchiveError.Reason) -> Int {
        let count = Int(try byte())
        guard count <= 8 else { throw fault("an integer has \(count) bytes, and up to 8 are read") }
        let bytes = try take(count)
        let padding: UInt8 = bytes.last.map { $0 & 0x80 != 0 } == true ? 0xFF : 0
        return Int(littleEndian: bytes + [UInt8](repeating: padding, count: 8 - count), at: 0)
    }
}
