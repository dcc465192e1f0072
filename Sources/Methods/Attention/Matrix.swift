import Tensors

/// A head's [T, T] part of a [H, T, T] tensor as the wire has it: rows are destinations, masked entries null.
func causalMatrix(_ tensor: Tensor, head: Int) -> [[Float?]] {
    let T = tensor.shape[2]
    return (0..<T).map { destination in
        (0..<T).map { source in source <= destination ? tensor.values[(head * T + destination) * T + source] : nil }
    }
}

/// Some heads of a [H, T, T] tensor, [heads, T, T] in their order.
func chosen(_ tensor: Tensor, _ heads: [Int]) -> Tensor {
    let T = tensor.shape[2]
    // All of them, which is the usual question, cost no copy.
    if heads.elementsEqual(0..<tensor.shape[0]) { return tensor }
    return Tensor([heads.count, T, T], heads.flatMap { tensor.values[$0 * T * T..<($0 + 1) * T * T] })
}
