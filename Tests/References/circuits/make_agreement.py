"""How far the signal of a look and random features lie in the same directions, in plain NumPy.

    pip install numpy==2.4.6 safetensors==0.8.0
    python make_agreement.py ../../GPT2Tests/Fixtures ../../CircuitsTests/Fixtures

Takes the first look of each head from decompositions.safetensors and draws decoder rows, activations and surviving pairs from a seed.
Projections are by numpy.linalg.pinv, of the maps and of the spans; never by an orthonormal basis of our own.
"""

import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

from make_decompositions import folded, load, omega, prefix

MODELS = ["odd_head", "by_layer_f16", "one_head"]
FEATURES = 6
RANK_TOLERANCE = 1e-6


def projector(rows):
    """On the span of some rows."""
    return np.linalg.pinv(rows, rcond=RANK_TOLERANCE) @ rows if len(rows) else np.zeros((rows.shape[1],) * 2)


def share(rows, projection):
    return (rows @ projection * rows).sum() / (rows**2).sum() if len(rows) else 0.0


def agreement(W, signals, decoders, activations):
    """Signal in features, by chance; features in signal, by chance."""
    features = decoders @ np.linalg.pinv(W, rcond=RANK_TOLERANCE) * activations[:, None]
    rank = np.linalg.matrix_rank(W, tol=RANK_TOLERANCE * np.linalg.norm(W, 2))
    P_F, P_S = projector(features), projector(signals)
    return [share(signals, P_F), np.trace(P_F) / rank, share(features, P_S), np.trace(P_S) / rank]


def main(models, fixtures):
    generator = np.random.default_rng(5)
    looks, out = load_file(fixtures / "decompositions.safetensors"), {}
    for name in MODELS:
        config = json.loads((models / name / "config.json").read_text())
        weights, expected = load(models / name / "model.safetensors"), load(models / name / "expected.safetensors")
        H, layer = config["n_head"], 1
        K = config["n_embd"] // H
        decoders = generator.standard_normal((2, FEATURES, H, K))
        activations = generator.uniform(0.5, 2, (2, FEATURES)) * (generator.uniform(size=(2, FEATURES)) < 0.8)
        mask = (generator.uniform(size=(FEATURES, FEATURES, H)) < 0.25).astype(np.float32)
        out |= {f"{name}.decoders": decoders, f"{name}.activations": activations, f"{name}.mask": mask}
        for h, head in enumerate(folded(weights, layer, H)):
            b, i, j = looks[f"{name}.{layer}.{h}.0.look"].astype(int)
            x = expected[f"blocks.{layer}.ln1.hook_x"][b]
            U, s, Vt = np.linalg.svd(omega(*head, "augmented"))
            left, right = (np.append(x[p], 1) for p in (i, j))
            kept, _ = prefix((left @ U[:, :K]) * s[:K] * (Vt[:K] @ right))
            alive = (mask[:, :, h] > 0) & (activations[0][:, None] > 0) & (activations[1][None] > 0)
            queries, keys = alive.any(axis=1), alive.any(axis=0)
            root = np.sqrt(s[kept])[:, None]
            out[f"{name}.{h}.destination"] = [len(kept), queries.sum()] + agreement(
                head[0], root * U[:-1, kept].T, decoders[0][queries, h], activations[0][queries])
            out[f"{name}.{h}.source"] = [len(kept), keys.sum()] + agreement(
                head[2], root * Vt[kept, :-1], decoders[1][keys, h], activations[1][keys])
            print(name, h, [np.round(out[f"{name}.{h}.{end}"], 3) for end in ("destination", "source")])
    tensors = {key: np.ascontiguousarray(value, dtype=np.float32) for key, value in out.items()}
    save_file(tensors, fixtures / "agreement.safetensors")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
