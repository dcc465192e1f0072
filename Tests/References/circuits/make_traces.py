"""Traces of looks, and changes of their signals, in plain NumPy.

    pip install numpy==2.4.6 safetensors==0.8.0
    python make_traces.py ../../../Sources/Daemon/Models/demo-4l ../../CircuitsTests/Fixtures/traces.safetensors

The forward pass is written out here in double precision. A head's map is decomposed with numpy.linalg.svd of the whole matrix. Of each look:
which terms its signal has in the three published ways (specification 2.2, 2.6, 2.7), what each part of the residual stream contributes to
it by explicit vectors (2.3: no product is shared between parts), which contributions exceed 0.7 of the sum (2.4), what the attention falls
by when items are taken from the scores (2.7), what makes an answer likely (2.6), and attention and score of the look after a head's part
in the signal has been removed, everywhere or for the looking head alone (2.5), the MLP's below it likewise, and which parts hold four fifths of
an answer's log-likelihood (2.7). Parts are numbered: 0 embedding, 1 position, then for each
layer below H*T looks (head by head, source by source), b_O and the MLP.
"""

import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

directory, out = pathlib.Path(sys.argv[1]), sys.argv[2]
config = json.loads((directory / "config.json").read_text())
weights = {name.removeprefix("transformer."): value.astype(np.float64)
           for name, value in load_file(directory / "model.safetensors").items()}
D, H, L = config["n_embd"], config["n_head"], config["n_layer"]
K, EPSILON = D // H, config["layer_norm_epsilon"]
SCALE = K ** -0.5


def standardise(r):
    centred = r - r.mean(-1, keepdims=True)
    sigma = np.sqrt((centred ** 2).mean(-1, keepdims=True) + EPSILON)
    return centred / sigma, sigma[..., 0]


def softmax(scores):
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))


def w(name, layer=None): return weights[name if layer is None else f"h.{layer}.{name}"]


def forward(tokens, attn_added={}, read_added=None, mlp_added={}):
    """Everything of a pass. attn_added, mlp_added: layer -> (token, vector) added to that output; read_added: (layer, head, token, vector)
    added to x of one head only."""
    T = len(tokens)
    p = {"embedding": w("wte.weight")[tokens], "position": w("wpe.weight")[:T], "layers": []}
    r = p["embedding"] + p["position"]
    for l in range(L):
        x, sigma = standardise(r)
        gain, beta = w("ln_1.weight", l), w("ln_1.bias", l)
        W, b = w("attn.c_attn.weight", l), w("attn.c_attn.bias", l)
        heads, z = [], np.zeros((T, H, K))
        for h in range(H):
            own = x.copy()
            if read_added and read_added[:2] == (l, h): own[read_added[2]] += read_added[3]
            q, k, v = ((own * gain + beta) @ W[:, i * D + h * K:i * D + (h + 1) * K] + b[i * D + h * K:i * D + (h + 1) * K]
                       for i in range(3))
            scores = SCALE * q @ k.T
            scores[np.triu_indices(T, 1)] = -np.inf
            A = softmax(scores)
            heads.append({"scores": scores, "A": A, "v": v})
            z[:, h] = A @ v
        attn = z.reshape(T, D) @ w("attn.c_proj.weight", l) + w("attn.c_proj.bias", l)
        for token, vector in attn_added.get(l, []): attn[token] += vector
        middle = r + attn
        y, _ = standardise(middle)
        mlp = gelu((y * w("ln_2.weight", l) + w("ln_2.bias", l)) @ w("mlp.c_fc.weight", l) + w("mlp.c_fc.bias", l))
        mlp = mlp @ w("mlp.c_proj.weight", l) + w("mlp.c_proj.bias", l)
        for token, vector in mlp_added.get(l, []): mlp[token] += vector
        p["layers"].append({"r": r, "x": x, "sigma": sigma, "heads": heads, "mlp": mlp})
        r = middle + mlp
    p["final"], p["final_sigma"] = standardise(r)
    return p


def parts(p, layer):
    """[parts, T, D] the residual stream before a layer, part by part."""
    T = len(p["embedding"])
    found = [p["embedding"], p["position"]]
    for l in range(layer):
        for h in range(H):
            W_O = w("attn.c_proj.weight", l)[h * K:(h + 1) * K]
            for s in range(T):
                found.append(p["layers"][l]["heads"][h]["A"][:, s:s + 1] * (p["layers"][l]["heads"][h]["v"][s] @ W_O))
        found.append(np.tile(w("attn.c_proj.bias", l), (T, 1)))
        found.append(p["layers"][l]["mlp"])
    total = np.sum(found, 0)
    before = p["layers"][layer]["r"] if layer < L else None
    assert before is None or np.allclose(total, before)
    return np.array(found)


def maps(layer, head):
    """W_Q, b_Q, W_K, b_K with the LayerNorm folded in, each matrix centred over its rows."""
    gain, beta = w("ln_1.weight", layer), w("ln_1.bias", layer)
    W, b = w("attn.c_attn.weight", layer), w("attn.c_attn.bias", layer)
    found = []
    for i in range(2):
        columns = slice(i * D + head * K, i * D + (head + 1) * K)
        folded = gain[:, None] * W[:, columns]
        found += [folded - folded.mean(0), b[columns] + beta @ W[:, columns]]
    return found


def prefix(values):
    order = np.argsort(-values)
    sums = np.cumsum(values[order])
    above = np.where(sums > values.sum())[0]
    return order[:(above[0] + 1 if len(above) else len(order))]


def followed(values, share=0.7, halves=False):
    total = values.sum()
    if total <= 0: return []
    order = [i for i in np.argsort(-values) if values[i] > 0]
    sums = np.cumsum(values[order])
    above = np.where(sums > share * total)[0]
    cutoff = values[order[above[0] if len(above) else -1]]
    if halves: cutoff = min(cutoff, total / 2)
    return [i for i in order if values[i] >= cutoff]


def rank_svd(M):
    U, s, Vt = np.linalg.svd(M)
    return U[:, :K], s[:K], Vt[:K].T


def kept_terms(p, layer, head, d, s, mode):
    """side -> (U, s, V, kept, x̃ of the destination's tokens, x̃ of the sources')"""
    W_Q, b_Q, W_K, b_K = maps(layer, head)
    x = p["layers"][layer]["x"]
    one = np.hstack([x, np.ones((len(x), 1))])
    A, B = np.vstack([W_Q, b_Q]), np.vstack([W_K, b_K])
    if mode == "score_sum":
        U, sv, V = rank_svd(A @ B.T)
        kept = prefix(sv * (one[d] @ U) * (one[s] @ V))
        return {side: (U, sv, V, kept, one, one) for side in ("destination", "source")}
    found = {}
    for side, (left, right, xd, xs) in {"destination": (W_Q, B, x, one), "source": (A, W_K, one, x)}.items():
        U, sv, V = rank_svd(left @ right.T)
        c = sv * (xd[d] @ U) * (xs[:d + 1] @ V)
        r = c[s] - (c.sum(0) - c[s]) / d
        found[side] = (U, sv, V, prefix(r) if r.sum() > 0 else [], xd, xs)
    return found


def linear(p, layer, head, d, s, mode):
    """side -> contributions of all parts, total, offset, number of terms"""
    found, stream, sigma = {}, parts(p, layer), p["layers"][layer]["sigma"]
    for side, (U, sv, V, kept, xd, xs) in kept_terms(p, layer, head, d, s, mode).items():
        token = d if side == "destination" else s
        if len(kept) == 0: continue
        vectors = (U if side == "destination" else V)[:, kept]
        if mode == "score_sum":
            own = (xd[d] if side == "destination" else xs[s]) @ vectors
            signs = np.where(own < 0, -1, 1)
            direction = vectors @ (signs * np.sqrt(sv[kept]))
            values = stream[:, token] @ direction[:D] / sigma[token]
            found[side] = (values, own @ (signs * np.sqrt(sv[kept])), direction[D], len(kept))
        else:
            others = [j for j in range(d + 1) if j != s]
            if side == "destination":
                factors = sv[kept] * ((xs[s] - xs[others].mean(0)) @ V[:, kept])
                values = stream[:, d] @ (vectors @ factors) / sigma[d]
                total = xd[d] @ (vectors @ factors)
            else:
                direction = vectors @ (sv[kept] * (xd[d] @ U[:, kept]))
                per_token = stream @ direction / sigma
                values = per_token[:, s] - per_token[:, others].mean(1)
                total = xs[s] @ direction - (xs[others] @ direction).mean()
            found[side] = (values, total, 0.0, len(kept))
    return found


def greedy(p, layer, head, d, s):
    """side -> what the attention falls by for each part, the bias's own last; and the attention"""
    W_Q, b_Q, W_K, b_K = maps(layer, head)
    U, sv, V = rank_svd(W_Q @ W_K.T)
    c_d, c_s = b_Q @ np.linalg.pinv(W_Q), b_K @ np.linalg.pinv(W_K)
    x, sigma, stream = p["layers"][layer]["x"][:d + 1], p["layers"][layer]["sigma"][:d + 1], parts(p, layer)[:, :d + 1]
    xd, xs = x[d] + c_d, x + c_s
    S = p["layers"][layer]["heads"][head]["scores"][d, :d + 1]
    threshold = min(1, 2.5 / (d + 1))
    # [parts + 1, K, d + 1]
    shares = np.concatenate([stream[:, d] @ U / sigma[d], (c_d @ U)[None]])
    destination = SCALE * shares[:, :, None] * (sv[:, None] * (xs @ V).T)[None]
    keys = np.concatenate([np.einsum("pjd,dk->pkj", stream / sigma[:, None], V), np.tile((c_s @ V)[:, None], (1, d + 1))[None]])
    source = SCALE * (sv * (xd @ U))[None, :, None] * keys
    found = {}
    for side, items in {"destination": destination, "source": source}.items():
        rows = items.reshape(-1, d + 1)
        assert np.ptp(rows.sum(0) - S) < 1e-9
        alphas = np.linspace(0, 1, 65)
        P = softmax(alphas[:, None] * S)
        step = np.full(65, 1 / 64)
        step[[0, -1]] /= 2
        m = ((step * P[:, s])[:, None] * (np.eye(d + 1)[s] - P)).sum(0)
        order, scores, credits = np.argsort(-(rows @ m)), S.copy(), np.zeros(len(items))
        p_now = softmax(scores)[s]
        for index in order:
            if p_now < threshold or rows[index] @ m <= 0: break
            scores = scores - rows[index]
            credits[index // K] += p_now - softmax(scores)[s]
            p_now = softmax(scores)[s]
        found[side] = credits
    return found, softmax(S)[s]


def seeds(p, right, wrong):
    difference = w("wte.weight")[right] - w("wte.weight")[wrong]
    direction = difference * w("ln_f.weight")
    direction = direction - direction.mean()
    return parts(p, L)[:, -1] @ direction / p["final_sigma"][-1], p["final"][-1] @ direction, difference @ w("ln_f.bias")


def likelihood(p, token, share=0.8):
    """[parts] what the log-likelihood of a token falls by as parts go, until four fifths of it are gone (nan for a part that stays); and what
    all parts add to it"""
    gain, beta, U = w("ln_f.weight"), w("ln_f.bias"), w("wte.weight").T
    centred = parts(p, L)[:, -1]
    centred = (centred - centred.mean(1, keepdims=True)) / p["final_sigma"][-1]
    base, rows = beta @ U, (centred * gain) @ U
    def log_p(logits): return logits[token] - logits.max() - np.log(np.exp(logits - logits.max()).sum())
    alphas, step = np.linspace(0, 1, 65), np.full(65, 1 / 64)
    step[[0, -1]] /= 2
    P = softmax(base + alphas[:, None] * rows.sum(0))
    worths = rows @ (step @ (np.eye(len(base))[token] - P))
    total = log_p(base + rows.sum(0)) - log_p(base)
    left, credits = base + rows.sum(0), np.full(len(rows), np.nan)
    for part in np.argsort(-worths):
        if log_p(left) <= log_p(base) + (1 - share) * total or worths[part] <= 0: break
        credits[part] = log_p(left) - log_p(left - rows[part])
        left = left - rows[part]
    return credits, total, worths.sum()


def change(tokens, p, layer, head, d, s, mode, side, upstream, is_local):
    """(attention, score) of the look after the part in its signal of the upstream (layer, head), or (layer, None) for an MLP, is gone"""
    U, sv, V, kept, _, _ = kept_terms(p, layer, head, d, s, mode)[side]
    vectors, token = ((U, d) if side == "destination" else (V, s))
    basis = vectors[:, kept]
    l, h = upstream
    if h is None: o = p["layers"][l]["mlp"][token]
    else: o = p["layers"][l]["heads"][h]["A"][token] @ p["layers"][l]["heads"][h]["v"] @ w("attn.c_proj.weight", l)[h * K:(h + 1) * K]
    delta = (basis @ (basis[:D].T @ o))[:D]
    delta = delta - delta.mean()
    if is_local: q = forward(tokens, read_added=(layer, head, token, -delta / p["layers"][layer]["sigma"][token]))
    elif h is None: q = forward(tokens, mlp_added={l: [(token, -delta)]})
    else: q = forward(tokens, attn_added={l: [(token, -delta)]})
    found = q["layers"][layer]["heads"][head]
    return found["A"][d, s], found["scores"][d, s]


generator = np.random.default_rng(20261)
result, cases = {}, []
tokens = np.concatenate([[0], generator.integers(1, config["vocab_size"], 11)])
p = forward(tokens)
looks = []
for layer in (1, 2, 3):
    # Looks that fire in every mode, the strongest first.
    found = [(p["layers"][layer]["heads"][h]["A"][d, s], h, d, s) for h in range(H) for d in range(3, len(tokens)) for s in range(1, d)
             if p["layers"][layer]["heads"][h]["scores"][d, s] >= 0]
    looks += [(layer, h, d, s) for A, h, d, s in sorted(found, reverse=True)[:2]]
result["tokens"] = tokens
result["looks"] = np.array(looks)
for n, (layer, h, d, s) in enumerate(looks):
    for mode in ("score_sum", "relative_attention"):
        for side, (values, total, offset, terms) in linear(p, layer, h, d, s, mode).items():
            name = f"{n}.{mode}.{side}"
            result[name + ".parts"] = values
            result[name + ".reading"] = np.array([total, offset, terms])
    credits, attention = greedy(p, layer, h, d, s)
    for side, values in credits.items():
        result[f"{n}.softmax_greedy.{side}.parts"] = values
        result[f"{n}.softmax_greedy.{side}.reading"] = np.array([attention, values[-1], 0])
    for mode in ("score_sum", "relative_attention"):
        for side in ("destination", "source"):
            if len(kept_terms(p, layer, h, d, s, mode)[side][3]) == 0: continue
            result[f"{n}.{mode}.{side}.changed"] = np.array(
                [change(tokens, p, layer, h, d, s, mode, side, (layer - 1, 2), is_local) for is_local in (False, True)])
            result[f"{n}.{mode}.{side}.changed_mlp"] = np.array(
                [change(tokens, p, layer, h, d, s, mode, side, (layer - 1, None), is_local) for is_local in (False, True)])
right, wrong = 17, 23
values, total, offset = seeds(p, right, wrong)
if total + offset < 0: right, wrong, values, total, offset = wrong, right, -values, -total, -offset
result["answer"] = np.array([right, wrong])
result["seeds.parts"], result["seeds.reading"] = values, np.array([total + offset, offset])
after = w("wte.weight") @ (p["final"][-1] * w("ln_f.weight") + w("ln_f.bias"))
for name, token in enumerate([*np.argsort(-after)[[0, 5, 10, 20, 40]], wrong if after[wrong] < after[right] else right]):
    credits, total, worth = likelihood(p, token)
    result[f"likelihood.{name}.parts"], result[f"likelihood.{name}.reading"] = credits, np.array([token, total, worth])
save_file({name: np.ascontiguousarray(value, np.float32) for name, value in result.items()}, out)
print(looks, [round(float(p["layers"][l]["heads"][h]["A"][d, s]), 3) for l, h, d, s in looks], right, wrong, total + offset, sorted(result)[:3])
