import JSON

extension ModelInfo {
    /// The embedded model, for the methods' examples.
    static let example: JSON = [
        "model": "demo-4l", "path": "", "is_embedded": true, "is_resident": true, "fingerprint": "9c1f2a7be04d8835",
        "n_layers": 4, "n_heads": 4,
        "d_model": 128, "d_head": 32, "d_mlp": 512, "d_vocab": 1024, "n_ctx": 128, "activation_function": "gelu_new",
        "parameters": 940_800,
        "memory_bytes": 3_763_200,
    ]
}
