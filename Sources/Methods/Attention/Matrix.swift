import Tensors

/// A head's [T, T] part of a [H, T, T] tensor as the wire has it: rows are destinations, masked entries null.
func causalMatrix(_ tensor: Tensor, head: Int) -> [[Float?]] {
    let T = tensor.shape[2]
    return (0..<T).map { destination in
        (0..<T).map { source in source <= destination ? tensor.values[(head * T + destination) * T + source] : nil }
    }
}
