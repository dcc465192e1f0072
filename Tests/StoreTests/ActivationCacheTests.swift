import Glibc
import LMDB
import Store
import Tensors
import Testing

@Suite struct ActivationCacheTests {
    private let home = TemporaryDirectory()
    private var directory: String { home.path + "/cache" }

    /// Numbers that name their place, different for each activation; exact in half precision.
    private static func values(_ shape: ActivationCacheShape, _ activation: Int, _ sequences: Range<Int>) -> [Float] {
        let size = shape.T * shape.activations[activation].width
        return sequences.flatMap { sequence in
            (0..<size).map { place in Float((place * place * 3 + place * 31 + sequence * 7 + activation * 1009) % 2048) - 1024 }
        }
    }

    /// Appends sequences from the writer's place to `end`, `batch` at a time.
    private func fill(_ writer: inout ActivationCacheWriter, to end: Int, batch: Int) throws {
        let shape = writer.shape
        var next = writer.committed
        while next < end {
            let range = next..<min(next + batch, end)
            try writer.append(shape.activations.indices.map { Self.values(shape, $0, range) })
            next = range.upperBound
        }
    }

    private func make(_ shape: ActivationCacheShape, sequences: Int, batch: Int) throws {
        var writer = try ActivationCacheWriter(directory: directory, shape: shape)
        try fill(&writer, to: sequences, batch: batch)
        try writer.finish()
    }

    private func read(_ cache: ActivationCache, _ activation: Int, _ sequences: [Int]) throws -> [Float] {
        let size = cache.shape.T * cache.shape.activations[activation].width
        var values = [Float](repeating: .nan, count: sequences.count * size)
        do {
            var span = values.mutableSpan
            try cache.read(activation, sequences: sequences, into: &span)
        }
        return values
    }

    private static func shape(
        _ T: Int, _ widths: [Int], _ element: ActivationCacheShape.Element = .float16, _ document: [UInt8] = [1, 2, 3]
    ) -> ActivationCacheShape {
        ActivationCacheShape(
            T: T, activations: widths.enumerated().map { .init(name: "blocks.\($0).hook_é", width: $1) }, element: element,
            document: document)
    }

    /// Many sequences in a block, two, one, and sequences larger than a block is meant to be.
    @Test(
        arguments: [
            (3, [5, 1], 700, 64), (128, [64, 768, 12], 37, 5), (256, [768], 9, 4), (64, [9001], 3, 1), (128, [128], 63, 31),
        ],
        ActivationCacheShape.Element.allCases)
    func `what was written comes back, in any order`(
        of size: (T: Int, widths: [Int], sequences: Int, batch: Int), as element: ActivationCacheShape.Element
    ) throws {
        let shape = Self.shape(size.T, size.widths, element)
        try make(shape, sequences: size.sequences, batch: size.batch)
        #expect(ActivationCache.isFinished(directory))
        let cache = try ActivationCache(directory: directory)
        #expect(cache.shape == shape && cache.sequences == size.sequences)
        var generator = RandomGenerator(seed: 5)
        let order = generator.permutation(size.sequences) + [0, 0]
        for activation in shape.activations.indices {
            let all = Self.values(shape, activation, 0..<size.sequences)
            let width = size.T * size.widths[activation]
            #expect(try read(cache, activation, order) == order.flatMap { all[$0 * width..<($0 + 1) * width] })
            let last = size.sequences - 1
            let bytes = try cache.withBytes(activation, sequence: last) { Array($0.array) }
            #expect(bytes.count == width * element.bytes)
            if element == .float32 {
                let expected = Array(all[last * width..<(last + 1) * width])
                #expect(bytes == expected.span.littleEndianBytes.array)
            }
        }
        let report = try cache.verify()
        #expect(report.findings.isEmpty && report.records > 0)
        // What is not payload is some pages, whatever the size.
        #expect(abs(cache.fileBytes - shape.fileBytes(sequences: size.sequences)) <= 16 * 4096)
        #expect(cache.fileBytes > size.sequences * size.T * size.widths.reduce(0, +) * element.bytes)
    }

    @Test func `numbers are rounded to half precision, and refused beyond it`() throws {
        let shape = Self.shape(1, [4])
        var writer = try ActivationCacheWriter(directory: directory, shape: shape)
        try writer.append([[1.0002, -65519, 1e-9, -.infinity]])
        #expect(throws: ActivationCacheWriter.Overflow(activation: "blocks.0.hook_é")) { try writer.append([[0, 70000, 0, 0]]) }
        try writer.finish()
        _ = consume writer
        let cache = try ActivationCache(directory: directory)
        #expect(try read(cache, 0, [0]) == [1, -65504, 0, -.infinity])
    }

    @Test func `an unfinished cache is not opened, and is gone on with after its last whole block`() throws {
        let shape = Self.shape(128, [64, 128])  // 31 sequences in a block
        do {
            var writer = try ActivationCacheWriter(directory: directory, shape: shape)
            try fill(&writer, to: 100, batch: 7)
            #expect(writer.committed == 93)
        }
        let error = #expect(throws: StoreError.self) { try ActivationCache(directory: directory) }
        #expect(try #require(error).description.contains("never finished") && !ActivationCache.isFinished(directory))
        do {
            var writer = try ActivationCacheWriter(directory: directory, shape: shape)
            #expect(writer.committed == 93)
            try fill(&writer, to: 130, batch: 11)
            try writer.finish()
        }
        let cache = try ActivationCache(directory: directory)
        #expect(cache.sequences == 130)
        for activation in 0..<2 {
            #expect(try read(cache, activation, Array(0..<130)) == Self.values(shape, activation, 0..<130))
        }
        #expect(try cache.verify().findings.isEmpty)
    }

    @Test func `another cache, and one from before the machine was started anew, are begun again`() throws {
        func left(by shape: ActivationCacheShape) throws {
            var writer = try ActivationCacheWriter(directory: directory, shape: shape)
            try fill(&writer, to: 40, batch: 10)
            #expect(writer.committed == 31)
        }
        try left(by: Self.shape(128, [128]))
        try left(by: Self.shape(128, [128], .float16, [9]))
        let mark = directory + "/incomplete"
        var file = try ReplacementFile(mark)
        try file.append(Array("another start".utf8))
        try file.commit()
        try left(by: Self.shape(128, [128], .float16, [9]))
        let writer = try ActivationCacheWriter(directory: directory, shape: Self.shape(128, [128], .float16, [9]))
        #expect(writer.committed == 31)
    }

    @Test func `what is no cache is refused and stays as it is`() throws {
        func refusal() throws -> String {
            let error = #expect(throws: StoreError.self) { try ActivationCache(directory: directory) }
            return try #require(error).description
        }
        #expect(try refusal().contains("holds no activation cache"))
        #expect(unsafe access(directory, F_OK) != 0)
        do { _ = try Store(directory: directory) }
        #expect(try refusal().contains("something else"))
        try ActivationCache.remove(directory)
        try make(Self.shape(4, [300_000]), sequences: 3, batch: 1)
        #expect(unsafe truncate(directory + "/data.mdb", 2 << 20) == 0)
        #expect(try refusal().contains("cut off"))
        #expect(unsafe truncate(directory + "/data.mdb", 0) == 0)
        #expect(try refusal().contains("holds no activation cache"))
    }

    @Test func `a flipped bit is found by verification alone`() throws {
        let shape = Self.shape(64, [512], .float32)  // 8 sequences in a block
        try make(shape, sequences: 20, batch: 20)
        let pattern = Self.values(shape, 0, 9..<10)
        try flip(in: Array(pattern.prefix(64)).span.littleEndianBytes.array)
        let cache = try ActivationCache(directory: directory)
        #expect(try read(cache, 0, [9]) != pattern)
        let report = try cache.verify()
        #expect(report.findings.map(\.database) == ["cache_blocks"] && report.records == 3)
        #expect(report.findings.map(\.key) == ["block 1 of activation 0"])
    }

    @Test func `a removed cache gives its place back, and who reads it goes on`() throws {
        let shape = Self.shape(16, [16])
        try make(shape, sequences: 3, batch: 3)
        let cache = try ActivationCache(directory: directory)
        try ActivationCache.remove(directory)
        #expect(unsafe access(directory, F_OK) != 0)
        #expect(try read(cache, 0, [2]) == Self.values(shape, 0, 2..<3))
        try ActivationCache.remove(directory)
        withExtendedLifetime(cache) {}
    }

    /// Flips one bit in the middle of the place that holds `pattern`.
    private func flip(in pattern: [UInt8]) throws {
        let path = directory + "/data.mdb"
        let content = try ReadableFile.contents(of: path, limit: 1 << 24)
        let first = try #require(
            (0..<(content.count - pattern.count)).first { content[$0] == pattern[0] && content[$0...].starts(with: pattern) })
        let descriptor = unsafe open(path, O_RDWR)
        defer { close(descriptor) }
        let place = first + pattern.count / 2, flipped = [content[place] ^ 0x04]
        #expect(unsafe pwrite(descriptor, flipped, 1, place) == 1)
    }
}
