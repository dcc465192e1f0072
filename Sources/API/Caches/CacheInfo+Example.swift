import JSON

extension CacheInfo {
    /// A cache of the embedded model's first layer, for the methods' examples.
    static let example: JSON = [
        "cache": "c3", "model": "demo-4l", "model_fingerprint": "9c1f2a7be04d8835", "corpus": "demo",
        "activations": [["name": "blocks.0.ln1.hook_x", "width": 128]], "context": 128, "contexts": 4096, "dtype": "float16",
        "disk_bytes": 134_807_552, "path": "/home/ada/.local/state/qklens/caches/c3", "created_ms": 1_767_225_700_000,
        "job": "j3", "owner_uid": 1000,
    ]
}
