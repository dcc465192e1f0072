"""Makes Tests/DictionariesTests/Fixtures/losses.f64: the first fifty steps of a training by the reference, in float32 as it trains.

    python fifty_losses.py          # torch 2.13.0, numpy

Holds the weights at the start, ten batches that are used in turn, and each step's loss terms. Same container as dump_fixture.py.
"""
import json, pathlib
import numpy as np
import torch
from qk_reference import Transcoder, losses

STEPS, BATCHES, B, T, D, H, F_Q, F_K, LAM, LR = 50, 10, 2, 24, 16, 2, 48, 40, 3e-2, 4e-3
torch.manual_seed(3)
torch.set_num_threads(1)
directions, W_Q, W_K = torch.randn(20, D) / D**.5, torch.randn(D, D) / 2, torch.randn(D, D) / 2


def batch():
    """tokens are mixtures of three of twenty directions; queries and keys are linear in them"""
    weights = torch.zeros(B, T, 20).scatter_(-1, torch.rand(B, T, 20).topk(3).indices, 1) * (2 + 2 * torch.rand(B, T, 20))
    x = weights @ directions
    return x, x @ W_Q, x @ W_K


batches = [batch() for _ in range(BATCHES)]
x, q, k = (torch.cat(part).flatten(0, 1) for part in zip(*batches))
Q, K = Transcoder(D, F_Q, D, x.mean(0), q.mean(0)), Transcoder(D, F_K, D, x.mean(0), k.mean(0))
K.b_out.requires_grad_(False)
tensors = {f"{side}.{name}": value.detach().clone() for side, m in (("query", Q), ("key", K)) for name, value in m.named_parameters()}
for number, (x, q, k) in enumerate(batches):
    tensors |= {f"{number}.x": x, f"{number}.q": q, f"{number}.k": k}
opt = torch.optim.Adam([w for w in (*Q.parameters(), *K.parameters()) if w.requires_grad], lr=LR)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1, (s + 1) / (.05 * STEPS)) * min(1., (STEPS - s) / (.2 * STEPS)))
series = []
for s in range(STEPS):
    loss, terms, fq, fk = losses(Q, K, *batches[s % BATCHES], H, LAM * min(1., s / (.2 * STEPS)))
    opt.zero_grad(); loss.backward(); opt.step(); sched.step()
    series.append([loss.item(), *(terms[n].item() for n in ("kl", "kl_q", "kl_k", "sparsity"))])
print("loss", series[0][0], "->", series[-1][0], "L0", (fq > 0).float().sum(-1).mean().item(), (fk > 0).float().sum(-1).mean().item())
tensors["losses"] = torch.tensor(series, dtype=torch.float64)
index, parts, offset = {}, [], 0
for name in sorted(tensors):
    values = tensors[name].double().numpy().ravel().astype("<f8")
    index[name] = [offset, len(values)]
    parts.append(values)
    offset += len(values)
target = pathlib.Path(__file__).parents[2] / "DictionariesTests" / "Fixtures" / "losses.f64"
target.write_bytes(json.dumps(index).encode() + b"\n" + np.concatenate(parts).tobytes())
