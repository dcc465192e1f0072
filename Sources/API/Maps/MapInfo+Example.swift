import JSON

extension MapInfo {
    /// A map of the embedded model's first layer, for the methods' examples.
    static let example: JSON = [
        "map": "m1", "dictionary": "d1", "model": "demo-4l", "layer": 0, "created_ms": 1_767_225_660_000, "job": "j2",
        "settings": ["learning_rate": 3e-2, "sparsity": 3e-6],
        "evaluation": ["CE": 1.0608, "CE_recovered": 0.9978, "KL_logits": 0.00707],
        "support_entries": 123_904, "surviving_entries": 3380, "surviving_pairs": 1530, "beta_entries": 1368,
        "sparsity": ["of_all": 0.003223, "of_live": 0.01118, "of_support": 0.02728], "entries_by_head": [861, 790, 902, 827],
    ]
}
