import JSON

extension DictionaryInfo {
    /// A dictionary of the embedded model's first layer, for the methods' examples.
    static let example: JSON = [
        "dictionary": "d1", "fingerprint": "51b0c7f29e3a6d04", "model": "demo-4l", "model_fingerprint": "9c1f2a7be04d8835",
        "layer": 0, "d_sae_query": 512,
        "d_sae_key": 512,
        "d_model": 128, "n_heads": 4, "seed": 0, "created_ms": 1_767_225_600_000, "job": "j1", "corpus": "demo",
        "tokens": 3_072_000,
        "steps": 1500, "settings": ["learning_rate": 4e-3, "sparsity": 1e-2],
        "evaluation": [
            "CE": 1.0547, "CE_zero": 3.8188, "L0_query": 4.1, "L0_key": 4.9, "live_query": 221, "live_key": 342, "contexts": 64,
        ],
    ]
}
