#!/usr/bin/env python3
"""What Sources/Heads must compute, the plain way: whole D x D maps, numpy's SVD, patterns by transformers, all in double precision.

    heads.py MODEL_DIRECTORY OUT [CORPUS]

Versions: Python 3.11, torch 2.13.0, transformers 5.23.0, numpy 2.4.6, safetensors 0.8.0.
"""
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import GPT2LMHeadModel, GPT2Tokenizer

torch.set_grad_enabled(False)
directory, out, corpus = sys.argv[1], sys.argv[2], (sys.argv[3:] or [None])[0]
model = GPT2LMHeadModel.from_pretrained(directory, dtype=torch.float64, attn_implementation="eager").eval()
c = model.config
L, H, D = c.n_layer, c.n_head, c.n_embd
K = D // H
tensors = {}

# Folded and centred maps: QK [L, H, D, D], OV [L, H, D, D], and their factors.
QK, OV, W = {}, {}, {}
for l, block in enumerate(model.transformer.h):
    weight = (block.ln_1.weight[:, None] * block.attn.c_attn.weight).numpy()
    weight = weight - weight.mean(0)
    W_O = block.attn.c_proj.weight.numpy()
    W_O = W_O - W_O.mean(1, keepdims=True)
    for h in range(H):
        q, k, v = (weight[:, p * D + h * K:p * D + (h + 1) * K] for p in range(3))
        o = W_O[h * K:(h + 1) * K]
        QK[l, h], OV[l, h], W[l, h] = q @ k.T, v @ o, (q, k, v, o)

norm = np.linalg.norm
MAPS = {"q": lambda b: QK[b], "k": lambda b: QK[b].T, "v": lambda b: OV[b]}
READS = {"q": 0, "k": 1, "v": 2}
for kind, reader in MAPS.items():
    scores = np.zeros((L, H, L, H))
    for la in range(L):
        for lb in range(la + 1, L):
            for a in range(H):
                for b in range(H):
                    M = reader((lb, b))
                    scores[la, a, lb, b] = norm(OV[la, a] @ M) / (norm(OV[la, a]) * norm(M))
    tensors[f"composition.{kind}"] = scores
    # Components of the first layer's heads with the last layer's.
    strengths, overlap = np.zeros((H, K, H)), np.zeros((H, H))
    for a in range(H):
        writes = np.linalg.svd(OV[0, a])[2][:K]
        for b in range(H):
            M = reader((L - 1, b))
            strengths[a, :, b] = norm(writes @ M, axis=1) / norm(M)
            U, s, _ = np.linalg.svd(M)
            basis = np.linalg.qr(W[L - 1, b][READS[kind]])[0]
            overlap[a, b] = norm(writes @ basis) ** 2
            if a == 1 and b == 0:
                tensors[f"uptake.{kind}"] = np.abs(writes @ U[:, :K]) * s[:K] / norm(M)
    tensors[f"components.{kind}"], tensors[f"overlap.{kind}"] = strengths, overlap


def patterns(tokens):
    return np.array([a[0].numpy() for a in model(torch.tensor([tokens]), output_attentions=True).attentions])


# Metrics of two contexts with repetitions: BOS, n tokens, the same again, then two of the same kind.
generator = np.random.default_rng(7)
bos, V = c.bos_token_id, c.vocab_size
n = min((c.n_positions - 3) // 2, V - 2, 40)
contexts = []
for _ in range(2):
    drawn = [int(t) for t in generator.permutation([t for t in range(V) if t != bos])[:n]]
    contexts.append([bos] + drawn + drawn + drawn[-1:] + drawn[:1])
sums = np.zeros((L, H, 9))
for tokens in contexts:
    T, A = len(tokens), patterns(tokens)
    previous = [max((p for p in range(i) if tokens[p] == tokens[i]), default=None) for i in range(T)]
    i, j = np.tril_indices(T)
    for l in range(L):
        for h in range(H):
            a = A[l, h]
            entropy = -sum(p * np.log(p) for p in a[i, j] if p > 0) / T
            pooled = a[i, j] / T
            again = [(x, p) for x, p in enumerate(previous) if p is not None]
            sums[l, h] += np.array([
                np.diag(a).mean(), np.diag(a, -1).mean(), entropy, (pooled * (i - j)).sum(), (pooled * (i - j) ** 2).sum(),
                np.mean([a[x, p + 1] for x, p in again if p + 1 < x]), np.mean([a[x, p] for x, p in again]),
                a[:64, 0].mean(), float(a[:64, 0].mean() > 0.3)]) / len(contexts)
sums[..., 4] -= sums[..., 3] ** 2
sums[..., 5][sums[..., 5] < 0.01] = 0
tensors["metrics.tokens"], tensors["metrics"] = np.array(contexts), sums

if corpus:
    # Retrieval: which heads look most at the needle's copy of the token that comes next.
    tokenizer = GPT2Tokenizer(f"{directory}/vocab.json", f"{directory}/merges.txt")
    text = " ".join(open(corpus).read().splitlines()[40:44])
    needle = tokenizer.encode(" They read aloud: river thunder copper table engine window.")
    wanted = tokenizer.encode(" river thunder copper table engine window.")
    question, hay = tokenizer.encode(" Again:"), tokenizer.encode(text)[:50]
    prompt = [bos] + hay[:20] + needle + hay[20:] + question
    span = range(21, 21 + len(needle))

    def copied(answer):
        A, found = patterns(prompt + answer), np.zeros((L, H))
        for l in range(L):
            for h in range(H):
                places = [int(A[l, h, len(prompt) - 1 + t].argmax()) for t in range(len(answer))]
                found[l, h] = len({p for t, p in enumerate(places) if p in span and prompt[p] == answer[t]}) / len(wanted)
        return found

    answer = []
    while len(answer) < 50:
        token = int(model(torch.tensor([prompt + answer])).logits[0, -1].argmax())
        if token == bos:
            break
        answer.append(token)
    tensors |= {"retrieval.prompt": np.array(prompt), "retrieval.needle": np.array([span.start, span.stop]),
                "retrieval.wanted": np.array(wanted), "retrieval.forced": copied(wanted), "retrieval.answer": np.array(answer),
                "retrieval.generated": copied(answer)}
    print(tokenizer.decode(answer), tensors["retrieval.forced"], tensors["retrieval.generated"])

save_file({name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}, out)
