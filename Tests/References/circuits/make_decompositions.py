"""Singular decompositions of QK maps and the terms of looks, in plain NumPy.

    pip install numpy==2.4.6 safetensors==0.8.0
    python make_decompositions.py ../../GPT2Tests/Fixtures ../../CircuitsTests/Fixtures/decompositions.safetensors

Reads the tiny models and the activations that make_models.py wrote (computed by Hugging Face in double precision) and decomposes every
head's maps with numpy.linalg.svd of the whole matrix, never by the factors. Names: MODEL.LAYER.HEAD.FORM.s; of two looks each, the
one of most attention and the one of least, MODEL.LAYER.HEAD.N.look = (sequence, destination, source) and what the three published ways
of selecting terms make of it.
A look is taken only where every decision is clear: no two numbers that order terms, and no sum and its limit, are closer than 1e-3 of
the largest; so single precision must come to the same sets.
"""

import json
import pathlib
import struct
import sys

import numpy as np
from safetensors.numpy import save_file

MODELS = ["plain", "odd_head", "unscaled_bf16", "by_layer_f16", "one_head", "old_buffers"]
CLEAR = 1e-3


def load(path):
    """Every tensor of a safetensors file in double precision; bfloat16 is the upper half of a float."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        raw = data[begin:end]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw, {"F32": "<f4", "F16": "<f2", "BOOL": "?", "U8": "u1", "I64": "<i8"}[entry["dtype"]])
        tensors[name.removeprefix("transformer.")] = values.reshape(entry["shape"]).astype(np.float64)
    return tensors


def folded(weights, layer, n_heads):
    """W_Q, b_Q, W_K, b_K with the LayerNorm folded in, each matrix centred over its rows; per head."""
    gain, beta = weights[f"h.{layer}.ln_1.weight"], weights[f"h.{layer}.ln_1.bias"]
    W, b = weights[f"h.{layer}.attn.c_attn.weight"], weights[f"h.{layer}.attn.c_attn.bias"]
    D = W.shape[0]
    heads = []
    for part in range(2):
        own = slice(part * D, (part + 1) * D)
        bias = b[own] + beta @ W[:, own]
        matrix = gain[:, None] * W[:, own]
        matrix = matrix - matrix.mean(axis=0)
        heads.append((np.split(matrix, n_heads, axis=1), np.split(bias, n_heads)))
    (W_Q, b_Q), (W_K, b_K) = heads
    return [(W_Q[h], b_Q[h], W_K[h], b_K[h]) for h in range(n_heads)]


def omega(W_Q, b_Q, W_K, b_K, form):
    A = np.vstack([W_Q, b_Q]) if form in ("augmented", "omega_s") else W_Q
    B = np.vstack([W_K, b_K]) if form in ("augmented", "omega_d") else W_K
    return A @ B.T


def softmax(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum()


def is_clear(values, sums=()):
    """Whether no two of the values, and no sum and its limit, are within rounding of each other."""
    scale = max(np.abs(values).max(), 1e-30)
    gaps = np.diff(np.sort(values))
    return (len(gaps) == 0 or gaps.min() > CLEAR * scale) and all(abs(a - b) > CLEAR * scale for a, b in sums)


def prefix(values, phi=1.0):
    """The shortest prefix strictly beyond phi times the total, and the sums that decided."""
    total, sign = values.sum(), -1 if values.sum() < 0 else 1
    order = np.argsort(-sign * values)
    kept, sums, running = [], [], 0.0
    for k in order:
        kept.append(k)
        running += values[k]
        # The sum of all is the total itself; nothing hangs on by which side rounding misses it.
        if len(kept) < len(values):
            sums.append((running, phi * total))
        if sign * running > sign * phi * total:
            break
    return kept, sums


def greedy(rows, scores, source, steps=64):
    """Integrated gradients of the attention, then the rows taken away in their order."""
    alphas = (np.arange(steps) + 0.5) / steps
    gradient = np.zeros(len(scores))
    for alpha in alphas:
        p = softmax(alpha * scores)
        unit = np.eye(len(scores))[source]
        gradient += p[source] * (unit - p) / steps
    ranking = rows @ gradient
    limit, current = min(1.0, 2.5 / len(scores)), scores.copy()
    p, kept, credits, sums = softmax(current)[source], [], [], []
    for k in np.argsort(-ranking):
        sums.append((p, limit))
        if p < limit:
            break
        current = current - rows[k]
        rest = softmax(current)[source]
        kept.append(k)
        credits.append(p - rest)
        p = rest
    return ranking, kept, credits, sums


def look(head, x, scale, scores, destination, source):
    """One look in all three ways, or nothing where a decision is close."""
    W_Q, b_Q, W_K, b_K = head
    found, clear = {}, True
    with_one = np.hstack([x, np.ones((len(x), 1))])
    for form, left, right in (("augmented", with_one, with_one), ("omega_d", x, with_one), ("omega_s", with_one, x)):
        U, s, Vt = np.linalg.svd(omega(*head, form))
        rank = W_Q.shape[1]
        c = (left[destination] @ U[:, :rank]) * s[:rank] * (right[:destination + 1] @ Vt[:rank].T)  # [sources, rank]
        clear &= is_clear(s[:rank])
        if form == "augmented":
            values = c[source]
            found["c"] = values
            found["score_sum"], sums = prefix(values)
            found["score_sum_half"], more = prefix(values, 0.5)
            clear &= is_clear(values, sums + more)
        else:
            others = [j for j in range(destination + 1) if j != source]
            values = c[source] - (c[others].mean(axis=0) if others else 0)
            found[f"r_{form}"] = values
            kept, sums = prefix(values) if values.sum() > 0 else ([], [(values.sum(), 0)])
            found[f"relative_{form}"] = kept
            clear &= is_clear(values, sums)
    c_d, c_s = b_Q @ np.linalg.pinv(W_Q, rcond=1e-6), b_K @ np.linalg.pinv(W_K, rcond=1e-6)
    U, s, Vt = np.linalg.svd(omega(*head, "plain"))
    rank = W_Q.shape[1]
    rows = scale * ((x[destination] + c_d) @ U[:, :rank])[:, None] * s[:rank, None] * ((x[:destination + 1] + c_s) @ Vt[:rank].T).T
    found["gradients"], found["greedy"], found["credits"], sums = greedy(rows, scores[:destination + 1], source)
    clear &= is_clear(s[:rank]) and is_clear(found["gradients"], sums)
    found["c_d"], found["c_s"] = c_d, c_s
    return found if clear else None


def main(models, target):
    out, looks = {}, 0
    for name in MODELS:
        config = json.loads((models / name / "config.json").read_text())
        weights, expected = load(models / name / "model.safetensors"), load(models / name / "expected.safetensors")
        n_heads, n_layers = config["n_head"], config["n_layer"]
        K = config["n_embd"] // n_heads
        for layer in range(n_layers):
            scale = (K ** -0.5 if config["scale_attn_weights"] else 1) / (
                layer + 1 if config["scale_attn_by_inverse_layer_idx"] else 1)
            for h, head in enumerate(folded(weights, layer, n_heads)):
                place = f"{name}.{layer}.{h}"
                for form in ("plain", "augmented", "omega_d", "omega_s"):
                    out[f"{place}.{form}.s"] = np.linalg.svd(omega(*head, form), compute_uv=False)[:K]
                pattern = expected[f"blocks.{layer}.attn.hook_pattern"][:, h]
                places = [(b, i, j) for b, i, j in np.ndindex(pattern.shape) if j <= i]
                places.sort(key=lambda place: pattern[place])
                for number, order in enumerate((places[::-1], places)):
                    for b, i, j in order:
                        x, scores = expected[f"blocks.{layer}.ln1.hook_x"][b], expected[f"blocks.{layer}.attn.hook_attn_scores"][b, h, i]
                        found = look(head, x, scale, scores, i, j)
                        if found:
                            looks += 1
                            out[f"{place}.{number}.look"] = [b, i, j]
                            out |= {f"{place}.{number}.{key}": value for key, value in found.items()}
                            break
    modes = {key: sum(len(v) for k, v in out.items() if k.endswith("." + key)) for key in ("score_sum", "relative_omega_d", "greedy")}
    print(f"{looks} looks; terms kept: {modes}")
    assert looks >= 20 and min(modes.values()) >= 20
    save_file({key: np.asarray(value, dtype=np.float32) for key, value in out.items()}, target)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
