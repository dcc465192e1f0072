import JSON

extension JobInfo {
    /// A job at work, for the methods' examples.
    static let example: JSON = [
        "job": "j2", "kind": "maps.train", "state": "running", "params": ["dictionary": "d1"], "owner_uid": 1000,
        "created_ms": 1_767_225_620_000, "started_ms": 1_767_225_620_100, "attempts": 1,
        "progress": [
            "stage": "mask", "step": 120, "of": 300, "tokens_per_s": 25_600, "time_left_s": 14.4,
            "metrics": ["KL_logits": 0.0081],
        ],
    ]

    /// The same job at its end.
    static let endedExample: JSON = [
        "job": "j2", "kind": "maps.train", "state": "finished", "params": ["dictionary": "d1"], "owner_uid": 1000,
        "created_ms": 1_767_225_620_000, "started_ms": 1_767_225_620_100, "ended_ms": 1_767_225_660_000, "attempts": 1,
        "result": ["map": "m1"],
    ]
}
