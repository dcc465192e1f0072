// The pickle of a dictionary of tensors, as a list of instructions for a machine with a stack and a memo:
//
// 1. Instructions that push None, booleans, integers, floats and texts, and that build tuples, lists and dictionaries, do what they do in
//    Python. Containers are numbered and refer to each other by number, so that whatever nests or refers to itself costs no recursion.
// 2. A global is looked up in a list of thirteen names and becomes a mark; every other name is refused there and then. Nothing is imported,
//    nothing is called.
// 3. REDUCE knows two marks: OrderedDict of nothing, an empty dictionary; and _rebuild_tensor_v2, which is checked and becomes the
//    description of a tensor: its storage, offset, extents and strides. BUILD only gives a dictionary attributes, which are dropped:
//    torch keeps the versions of modules there.
// 4. A persistent identifier is the description of a storage: its type, its entry in the archive, its number of elements.
// 5. Every other instruction is refused by its name. What is left on the stack at the end must be one dictionary from names to tensors.
//
// *Source:* CPython's pickletools; `torch.save` of torch 2.13 with its default protocol, 2; `torch._weights_only_unpickler` for the limits
// that torch itself draws.

/// What a pickle says of the tensors of a `.pt` file.
package struct TorchPickle: Sendable {
    /// The tensors in the dictionary's order.
    package let tensors: [(name: String, view: TorchTensorView)]

    /// The longest pickle that is read: a hundred thousand tensors.
    static let largest = 16 << 20

    /// Runs the instructions.
    ///
    /// - Throws: ``TorchArchiveError/Reason``.
    /// - Complexity: linear in the bytes.
    package init(parsing bytes: [UInt8]) throws(TorchArchiveError.Reason) {
        var machine = PickleMachine(bytes)
        let result = try machine.run()
        guard case .dictionary(let number) = result else { throw .contents("it is \(result.kind)") }
        var tensors: [(name: String, view: TorchTensorView)] = [], names: Set<String> = []
        for (key, value) in machine.dictionaries[number] {
            guard case .text(let name) = key else { throw .contents("one of its keys is \(key.kind)") }
            guard case .tensor(let tensor) = value else { throw .contents("'\(name)' is \(value.kind)") }
            guard names.insert(name).inserted else { throw .contents("'\(name)' is there twice") }
            tensors.append((name, machine.tensors[tensor]))
        }
        self.tensors = tensors
    }
}

/// A storage, as a pickle names it.
package struct TorchStorage: Sendable, Hashable {
    /// Its name in the archive's `data` folder.
    package let key: String
    /// The type of its elements.
    package let dtype: ElementType
    /// How many they are.
    package let count: Int
}

/// A tensor as a view of a storage; it lies within it.
package struct TorchTensorView: Sendable, Hashable {
    /// The storage.
    package let storage: TorchStorage
    /// Where the first element lies.
    package let offset: Int
    /// The extents, slowest first.
    package let shape: [Int]
    /// How far apart neighbours along each axis lie, in elements.
    package let strides: [Int]

    /// The number of elements.
    package var count: Int { shape.reduce(1, *) }

    /// Whether the elements lie one after the other.
    var isContiguous: Bool {
        var step = 1
        for (extent, stride) in zip(shape, strides).reversed() {
            if extent != 1 && stride != step { return false }
            step *= extent
        }
        return true
    }

    /// The most axes that a tensor may have, as in torch.
    static let mostAxes = 64

    /// A view, checked against its storage.
    ///
    /// One with more elements than its storage is refused: a file of a few bytes could name as many as it likes.
    init(
        _ storage: TorchStorage, offset: Int, shape: [Int], strides: [Int]
    ) throws(ViewFault) {
        guard shape.count == strides.count, shape.count <= Self.mostAxes else {
            throw ViewFault("has \(shape.count) extents and \(strides.count) strides")
        }
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            throw ViewFault("has a negative number among its offset \(offset), shape \(shape) and strides \(strides)")
        }
        var count = 1, last = offset, overflows = false
        for (extent, stride) in zip(shape, strides) where !shape.contains(0) {
            let (product, productOverflow) = count.multipliedReportingOverflow(by: extent)
            let (reach, reachOverflow) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, sumOverflow) = last.addingReportingOverflow(reach)
            overflows = overflows || productOverflow || reachOverflow || sumOverflow
            (count, last) = (product, sum)
        }
        if shape.contains(0) { count = 0 }
        guard !overflows else { throw ViewFault("of shape \(shape) and strides \(strides) is too large to count") }
        guard count <= storage.count else {
            throw ViewFault(
                "of shape \(shape) has \(count) elements, more than its storage '\(storage.key)' with \(storage.count)")
        }
        guard count == 0 ? offset <= storage.count : last < storage.count else {
            throw ViewFault(
                "of shape \(shape), strides \(strides) and offset \(offset) reaches element \(last) of its storage '\(storage.key)', "
                    + "which has \(storage.count)")
        }
        (self.storage, self.offset, self.shape, self.strides) = (storage, offset, shape, strides)
    }

    /// Why a view does not fit.
    struct ViewFault: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }
}
