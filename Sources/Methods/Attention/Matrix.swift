import Tensors

/// A head's [T, T] part of a [H, T, T] tensor as the wire has it: rows are destinations, masked entries null.
func causalMatrix(_ tensor: Tensor, head: Int) -> [[Float?]] {
    let T = tensor.shape[2]
    return (0..<T).map { destination in
        (0..<T).map { source in source <= destination ? tensor.values[(head * T + destination) * T + source] : nil }
    }
}

/// Some heads of a [H, T, T] tensor, [heads, T, T] in their order, with one value in all masked places.
func chosen(_ tensor: Tensor, _ heads: [Int], masked: Float) -> Tensor {
    let T = tensor.shape[2]
    var values: [Float] = []
    values.reserveCapacity(heads.count * T * T)
    for head in heads {
        for destination in 0..<T {
            let row = (head * T + destination) * T
            values += tensor.values[row...row + destination]
            values += repeatElement(masked, count: T - destination - 1)
        }
    }
    return Tensor([heads.count, T, T], values)
}
