"""Traces of a task's prompts in plain NumPy, as goldens.py puts them into a file of known numbers.

The forward pass is written out in double precision, a head's map is decomposed by numpy.linalg.svd of the whole augmented matrix, and a trace
follows specification 2.2 to 2.4 in the form of 2024: a look fires with an attention of at least a half, a score that is not negative and a
source that is not the first token; its signal is the shortest prefix of its terms whose sum exceeds the score; what each lower head writes at
either token is read by it, divided by the LayerNorm's sigma, the constant for the biases counted with every head; heads are followed from the
greatest on until they exceed 0.7 of the sum of all.

Versions: Python 3.11, numpy 2.4.6, safetensors 0.8.0.
"""
import json
import pathlib

import numpy as np
from safetensors.numpy import load_file

# Decisions that single precision might take otherwise: a prompt with one so close is no known number.
LEAST_MARGIN = 3e-5


class Close(Exception):
    """A comparison whose sides are almost equal."""


def decided(left, right):
    """left > right, where that is beyond doubt."""
    if abs(left - right) < LEAST_MARGIN * max(1, abs(left), abs(right)): raise Close
    return left > right


def softmax(scores):
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


class Model:
    """A GPT-2 in a Hugging Face directory, without its MLPs' and embeddings' names: arrays by layer."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        config = json.loads((folder / "config.json").read_text())
        self.weights = {name.removeprefix("transformer."): value.astype(np.float64)
                        for name, value in load_file(folder / "model.safetensors").items()}
        self.D, self.H, self.L = config["n_embd"], config["n_head"], config["n_layer"]
        self.K, self.epsilon = self.D // self.H, config["layer_norm_epsilon"]
        self.maps = {(l, h): self.decomposed(l, h) for l in range(self.L) for h in range(self.H)}

    def w(self, layer, name): return self.weights[f"h.{layer}.{name}"]

    def decomposed(self, layer, head):
        """U [D + 1, K], s, V of a head's augmented map."""
        gain, beta = self.w(layer, "ln_1.weight"), self.w(layer, "ln_1.bias")
        sides = []
        for part in range(2):
            columns = slice(part * self.D + head * self.K, part * self.D + (head + 1) * self.K)
            W, b = self.w(layer, "attn.c_attn.weight")[:, columns], self.w(layer, "attn.c_attn.bias")[columns]
            folded = gain[:, None] * W
            sides.append(np.vstack([folded - folded.mean(0), b + beta @ W]))
        U, s, Vt = np.linalg.svd(sides[0] @ sides[1].T)
        return U[:, :self.K], s[:self.K], Vt[:self.K].T

    def standardise(self, r):
        centred = r - r.mean(-1, keepdims=True)
        sigma = np.sqrt((centred ** 2).mean(-1, keepdims=True) + self.epsilon)
        return centred / sigma, sigma[..., 0]

    def run(self, tokens):
        """Of each layer x [T, D], sigma [T], scores and A [H, T, T], o [H, T, D] (what each head writes); and the last logits [V]."""
        T, D, K = len(tokens), self.D, self.K
        r, layers = self.weights["wte.weight"][tokens] + self.weights["wpe.weight"][:T], []
        for l in range(self.L):
            x, sigma = self.standardise(r)
            qkv = (x * self.w(l, "ln_1.weight") + self.w(l, "ln_1.bias")) @ self.w(l, "attn.c_attn.weight") + self.w(l, "attn.c_attn.bias")
            q, k, v = (qkv[:, i * D:(i + 1) * D].reshape(T, self.H, K) for i in range(3))
            scores = np.einsum("ihk,jhk->hij", q, k) / np.sqrt(K)
            scores[:, np.triu(np.ones((T, T), bool), 1)] = -np.inf
            A = softmax(scores)
            o = np.einsum("hij,jhk,hkd->hid", A, v, self.w(l, "attn.c_proj.weight").reshape(self.H, K, D))
            layers.append({"x": x, "sigma": sigma, "scores": scores, "A": A, "o": o})
            r = r + o.sum(0) + self.w(l, "attn.c_proj.bias")
            y = self.standardise(r)[0] * self.w(l, "ln_2.weight") + self.w(l, "ln_2.bias")
            y = y @ self.w(l, "mlp.c_fc.weight") + self.w(l, "mlp.c_fc.bias")
            y = 0.5 * y * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y ** 3)))
            r = r + y @ self.w(l, "mlp.c_proj.weight") + self.w(l, "mlp.c_proj.bias")
        last = self.standardise(r[-1:])[0][0] * self.weights["ln_f.weight"] + self.weights["ln_f.bias"]
        return layers, self.weights["wte.weight"] @ last

    def fires(self, layers, l, h, d, s):
        """Whether a head looks from d at s."""
        return s > 0 and decided(layers[l]["A"][h, d, s], 0.5) and decided(layers[l]["scores"][h, d, s], 0)

    def followed(self, layers, l, h, d, s):
        """(side, layer, head, token, contribution) of the heads that are followed from a look."""
        U, sv, V = self.maps[l, h]
        one = np.append(layers[l]["x"], np.ones((len(layers[l]["x"]), 1)), 1)
        terms = sv * (one[d] @ U) * (one[s] @ V)
        order = np.argsort(-terms)
        # The prefix of all terms is the total itself, and so never exceeds it.
        sums, total = np.cumsum(terms[order])[:-1], terms.sum()
        above = next((n for n, value in enumerate(sums) if decided(value, total)), None)
        kept = order if above is None else order[:above + 1]
        for side, token, vectors, own in [(0, d, U, one[d] @ U), (1, s, V, one[s] @ V)]:
            direction = vectors[:, kept] @ (np.where(own[kept] < 0, -1, 1) * np.sqrt(sv[kept]))
            values = {(a, b): (layers[a]["o"][b, token] @ direction[:-1] + direction[-1]) / layers[l]["sigma"][token]
                      for a in range(l) for b in range(self.H)}
            whole = sum(values.values())
            if not decided(whole, 0): continue
            reached, greatest = 0, sorted(((value, key) for key, value in values.items() if value > 0), reverse=True)
            for number, (value, (a, b)) in enumerate(greatest):
                yield side, a, b, token, value
                reached += value
                if decided(reached, 0.7 * whole):
                    # All that are as great would follow, too.
                    assert number + 1 == len(greatest) or greatest[number + 1][0] < value
                    break

    def trace(self, layers, roots):
        """{(writer's layer, head, reader's layer, head, token, side): contribution} from looks (layer, head, d, s)."""
        waiting, seen, found = list(roots), set(), {}
        while waiting:
            look = waiting.pop()
            # Below the first layer there are no heads.
            if look[0] == 0 or look in seen or not self.fires(layers, *look): continue
            seen.add(look)
            for side, a, b, token, value in self.followed(layers, *look):
                key = (a, b, look[0], look[1], token, side)
                found[key] = found.get(key, 0) + value
                waiting.append((a, b, token, int(layers[a]["A"][b, token].argmax())))
        return found


def known(folder, prompts, names, roots=2):
    """What traces of prompts come to: tensors, and the number of prompts left out.

    Each look begins a trace of its own, and a link counts once in each; so it may be in more traces than there are prompts.

    prompts: [(tokens, right, wrong, {name: position})], BOS included; roots: how many looks of each layer but the first, the most frequent.
    """
    model = Model(folder)
    runs = [model.run(tokens) for tokens, *_ in prompts]

    def firing(l, h, destination, source):
        count = 0
        for (layers, _), (*_, places) in zip(runs, prompts):
            d, s = places.get(destination, -1), places.get(source, -1)
            count += 0 < s < d and layers[l]["A"][h, d, s] >= 0.5 and layers[l]["scores"][h, d, s] >= 0
        return count

    candidates = []
    for l in range(1, model.L):
        candidates += sorted(((firing(l, h, d, s), l, h, d, s) for h in range(model.H) for d in names for s in names),
                             reverse=True)[:roots]
    looks, edges, kept = [[*look, 0] for _, *look in candidates], {}, []
    for (layers, logits), prompt in zip(runs, prompts):
        tokens, right, wrong, places = prompt
        try:
            begun = [(l, h, places.get(d, -1), places.get(s, -1)) for l, h, d, s, _ in looks]
            fires = [0 < s <= d and model.fires(layers, l, h, d, s) for l, h, d, s in begun]
            traced = [model.trace(layers, [look]) for look, fired in zip(begun, fires) if fired]
        except Close:
            continue
        position = {places[name]: name for name in reversed(names) if name in places}
        for trace in traced:
            for (a, b, l, h, token, side), value in trace.items():
                if token in position: edges.setdefault((a, b, l, h, names.index(position[token]), side), []).append(value)
        for look, fired in zip(looks, fires): look[4] += int(fired)
        kept.append((prompt, logits[right] - logits[wrong]))
    differences = np.array([difference for _, difference in kept])
    T = max(len(prompt[0]) for prompt, _ in kept)
    tensors = {
        "trace.difference": [len(kept), differences.mean(), differences.std(ddof=1), (differences > 0).mean()],
        "trace.roots": [[l, h, names.index(d), names.index(s), count] for l, h, d, s, count in looks],
        "trace.edges": [[*key, len(values), np.mean(values)] for key, values in sorted(edges.items())],
        "trace.tokens": [list(prompt[0]) + [-1] * (T - len(prompt[0])) for prompt, _ in kept],
        "trace.answers": [[prompt[1], prompt[2]] for prompt, _ in kept],
        "trace.positions": [[prompt[3].get(name, -1) for name in names] for prompt, _ in kept],
    }
    return {name: np.asarray(value, np.float32) for name, value in tensors.items()}, len(prompts) - len(kept)
