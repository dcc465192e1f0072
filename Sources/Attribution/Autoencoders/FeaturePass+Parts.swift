internal import Checkpoints
internal import Dictionaries
internal import GPT2
internal import Kernels
internal import Tensors

extension FeaturePass {
    /// A vector by which something reads the residual stream at one token.
    struct Reader {
        let position: Int
        /// [D].
        let vector: [Double]
    }

    /// What a feature or a logit is made of; nil for what is taken apart no further.
    ///
    /// - Parameters:
    ///   - subject: A feature whose dictionary is at hand, or a logit.
    ///   - position: At which token.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: of an attention-output feature of layer ℓ, O(D² + T·H·D), and T·D for each active residual feature of a source or,
    ///   without a dictionary of the residual stream, 2·T·ℓ·D² flops.
    public func parts(of subject: FeatureSubject, at position: Int) throws -> FeatureParts? {
        switch subject {
        case .attention(let layer, let feature):
            return try z[layer].map { try attentionParts(layer, feature, at: position, $0) }
        case .residual(let layer, let feature):
            return try resid_pre[layer].map { try residualParts(layer, feature, at: position, $0) }
        case .logit(let token, let other): return try logitParts(token, other, at: position)
        case .embedding, .position, .mlp, .attentionOutput: return nil
        }
    }

    private func attentionParts(_ layer: Int, _ feature: Int, at destination: Int, _ encoded: FeatureEncoding) throws
        -> FeatureParts
    {
        let pre = encoded.pre(feature, destination), block = layers[layer], heads = try valueReaders(layer, feature, encoded)
        var found = FeatureParts(total: pre.whole)
        found.bias = pre.constant
        found.sources = sources(layer, feature, at: destination, encoded)
        var readers: [Reader] = []
        for source in 0...destination {
            var vector = [Double](repeating: 0, count: D), bias = 0.0
            for head in 0..<H {
                let A = Double(block.pattern[(head * T + destination) * T + source])
                for d in 0..<D { vector[d] += A * heads[head].vector[d] }
                bias += A * heads[head].bias
            }
            let sigma = Double(block.sigma[source])
            readers.append(Reader(position: source, vector: vector.map { $0 / sigma }))
            found.bias += bias
        }
        if let residual = resid_pre[layer] {
            for reader in readers { add(residual, of: layer, reader, to: &found) }
        } else {
            try addStream(below: layer, readers, to: &found)
        }
        return found
    }

    /// [T] what each source gives to an attention-output feature through all heads, by the model's own values; nil without a dictionary.
    ///
    /// *Source:* specification 3.6.
    public func sources(_ layer: Int, _ feature: Int, at destination: Int) -> [Double]? {
        z[layer].map { sources(layer, feature, at: destination, $0) }
    }

    private func sources(_ layer: Int, _ feature: Int, at destination: Int, _ encoded: FeatureEncoding) -> [Double] {
        let block = layers[layer], row = encoded.row(feature)
        return (0..<T).map { source in
            if source > destination { return 0 }
            return (0..<H).reduce(0) { sum, head in
                let A = Double(block.pattern[(head * T + destination) * T + source]), first = head * K
                return sum
                    + A * product(block.v, source * H * K + first, encoded.W_enc, row + first, count: K)
            }
        }
    }

    private func residualParts(_ layer: Int, _ feature: Int, at token: Int, _ encoded: FeatureEncoding) throws -> FeatureParts {
        let pre = encoded.pre(feature, token), row = encoded.row(feature)
        var found = FeatureParts(total: pre.whole)
        found.bias = pre.constant
        let vector = encoded.W_enc[row..<row + D].map(Double.init)
        try addStream(below: layer, [Reader(position: token, vector: vector)], to: &found)
        return found
    }

    private func logitParts(_ token: Int32, _ other: Int32?, at position: Int) throws -> FeatureParts {
        let (reader, direction) = logitReader(token, other, at: position)
        var found = FeatureParts(total: product(finalNormalized, position * D, direction))
        found.bias = product(model.weights.ln_final.bias, 0, direction)
        try addStream(below: layers.count, [reader], to: &found)
        return found
    }

    /// The vector by which a logit reads the stream that leaves the last block, and the one by which it reads the last LayerNorm's output.
    func logitReader(_ token: Int32, _ other: Int32?, at position: Int) -> (reader: Reader, direction: [Double]) {
        let W_U = model.weights.W_U_transposed, gain = model.weights.ln_final.gain
        let direction = (0..<D).map { d in
            Double(W_U[Int(token) * D + d]) - (other.map { Double(W_U[Int($0) * D + d]) } ?? 0)
        }
        let sigma = Double(finalSigma[position]), scaled = (0..<D).map { direction[$0] * Double(gain[$0]) / sigma }
        return (Reader(position: position, vector: centred(scaled)), direction)
    }

    /// What a dictionary of the residual stream makes of what is read.
    private func add(_ encoded: FeatureEncoding, of layer: Int, _ reader: Reader, to found: inout FeatureParts) {
        for (feature, activation) in encoded.active(reader.position) {
            let value = Double(activation) * product(encoded.W_dec, encoded.row(feature), reader.vector)
            found.parts.append(.init(subject: .residual(layer: layer, feature: feature), position: reader.position, value: value))
        }
        found.bias += product(encoded.b_dec, 0, reader.vector)
        found.error += product(encoded.error, reader.position * D, reader.vector)
    }

    /// What everything written below a layer makes of what is read.
    private func addStream(below layer: Int, _ readers: [Reader], to found: inout FeatureParts) throws {
        func add(_ subject: FeatureSubject, _ rows: [Float], _ reader: Reader) {
            let value = product(rows, reader.position * D, reader.vector)
            found.parts.append(.init(subject: subject, position: reader.position, value: value))
        }
        for reader in readers {
            add(.embedding, embedding, reader)
            add(.position, position, reader)
            for below in 0..<layer {
                add(.mlp(layer: below), layers[below].mlp_out, reader)
                if z[below] == nil { add(.attentionOutput(layer: below), layers[below].attn_out, reader) }
            }
        }
        let vectors = readers.flatMap { $0.vector.map { Float($0) } }
        for below in 0..<layer {
            guard let encoded = z[below] else { continue }
            let output = try model.block(below).c_proj, width = H * K
            // [n, H·K] what is read of z: W_O w.
            var reads = [Float](repeating: 0, count: readers.count * width)
            Self.multiply(vectors, output.weight, rows: readers.count, columns: width, into: &reads)
            for (number, reader) in readers.enumerated() {
                let first = number * width, token = reader.position
                for (feature, activation) in encoded.active(token) {
                    let value = Double(activation) * product(encoded.W_dec, encoded.row(feature), reads, first, count: width)
                    found.parts.append(.init(subject: .attention(layer: below, feature: feature), position: token, value: value))
                }
                found.bias += product(encoded.b_dec, 0, reads, first, count: width) + product(output.bias, 0, reader.vector)
                found.error += product(encoded.error, token * width, reads, first, count: width)
            }
        }
    }

    /// By head, the vector by which an attention-output feature reads centre(r)·1 through the head's values, and what the biases add.
    ///
    /// - Returns: [H] of W_V^h·W_enc[h-block,i] with the LayerNorm's gain, centred; and b_V·W_enc with the LayerNorm's bias.
    private func valueReaders(_ layer: Int, _ feature: Int, _ encoded: FeatureEncoding) throws -> [(
        vector: [Double], bias: Double
    )] {
        let block = try model.block(layer), row = encoded.row(feature), W_enc = encoded.W_enc
        return (0..<H).map { head in
            // c_attn holds queries, keys and values side by side.
            let first = 2 * D + head * K
            var bias = product(W_enc, row + head * K, block.c_attn.bias, first, count: K)
            var vector = [Double](repeating: 0, count: D)
            for d in 0..<D {
                let sum = product(W_enc, row + head * K, block.c_attn.weight, d * 3 * D + first, count: K)
                vector[d] = Double(block.ln1.gain[d]) * sum
                bias += Double(block.ln1.bias[d]) * sum
            }
            return (centred(vector), bias)
        }
    }

    private func centred(_ vector: [Double]) -> [Double] {
        let mean = vector.reduce(0, +) / Double(vector.count)
        return vector.map { $0 - mean }
    }

    /// products ← vectors · W_Oᵀ.
    private static func multiply(_ vectors: [Float], _ W_O: [Float], rows: Int, columns: Int, into products: inout [Float]) {
        var span = products.mutableSpan
        gemm(rows, columns, vectors.count / rows, vectors.span, W_O.span, into: &span, transposeB: true)
    }
}

extension FeaturePass {
    /// How many multiply-adds of a matrix product take as long as one that stands by itself.
    private static let productsAtOnce = 8

    /// What taking a subject apart costs, in multiply-adds; those of matrix products count for less.
    func work(of subject: FeatureSubject, at position: Int) -> Int {
        let tokens = position + 1
        switch subject {
        case .attention(let layer, _):
            let readers = D * H * K + tokens * H * (D + K)
            guard let residual = resid_pre[layer] else { return readers + work(below: layer, 0..<tokens) }
            return readers + residual.features.offsets[tokens] * D
        case .residual(let layer, _): return work(below: layer, position..<tokens)
        case .logit: return work(below: layers.count, position..<tokens)
        case .embedding, .position, .mlp, .attentionOutput: return 0
        }
    }

    private func work(below layer: Int, _ tokens: Range<Int>) -> Int {
        (0..<layer).reduce(tokens.count * 2 * D) { sum, below in
            guard let offsets = z[below]?.features.offsets else { return sum + tokens.count * 2 * D }
            let active = offsets[tokens.upperBound] - offsets[tokens.lowerBound]
            return sum + tokens.count * (D + D * H * K / Self.productsAtOnce) + active * H * K
        }
    }
}
