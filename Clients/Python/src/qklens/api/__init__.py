"""The daemon's methods as functions that make calls: `qklens.api.pairs.lookup("m1", 226, 240)` for `client.gather`.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

__all__ = [
    "activations", "attention", "caches", "dictionaries", "examples", "features", "heads", "interventions", "jobs", "maps",
    "models", "pairs", "requests", "rpc", "saes", "shared", "signals", "store", "studies", "system", "tasks", "tokens",
    "traces",
]
