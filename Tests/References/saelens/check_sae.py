"""Whether the real sae-lens loads an exported sparse autoencoder and computes what it computes.

    check_sae.py FOLDER            a folder that `qklens saes export` wrote

Compares sae-lens's encode and decode of random inputs with f = gate((z - b_dec) W_enc + b_enc) and f W_dec + b_dec from the folder's own
files, in float64. Written for sae-lens 6.54.12, torch 2.13.0, safetensors 0.8.0.
"""
import json
import os
import sys

import torch
from safetensors.torch import load_file
from sae_lens import SAE

folder = sys.argv[1]
cfg = json.load(open(f"{folder}/cfg.json"))
heads = json.load(open(f"{folder}/qklens.json"))["n_heads"]
sae = SAE.load_from_disk(folder)
weights = {name: value.double() for name, value in load_file(f"{folder}/sae_weights.safetensors").items()}
z = 2 * torch.randn(1000, cfg["d_in"], generator=torch.Generator().manual_seed(0))
pre = (z.double() - weights["b_dec"]) @ weights["W_enc"] + weights["b_enc"]
f = torch.relu(pre)
if "threshold" in weights:
    f = f * (pre > weights["threshold"])
if cfg["architecture"] == "topk":
    kept = f.topk(cfg["k"], dim=-1)
    f = torch.zeros_like(f).scatter(-1, kept.indices, kept.values)
y = f @ weights["W_dec"] + weights["b_dec"]
with torch.no_grad():
    # sae-lens puts the heads side by side itself where reshape_activations is hook_z.
    given = z.view(1000, 1, heads, -1) if cfg["reshape_activations"] == "hook_z" else z
    got = sae.encode(given)
    worst = ((got.flatten(0, -2) - f).abs().max().item(), (sae.decode(got).reshape(y.shape) - y).abs().max().item())
print(f"{type(sae).__name__}, {sae.cfg.d_sae} features, hook {sae.cfg.metadata.hook_name}; largest difference {worst[0]:.2e} in f, "
      f"{worst[1]:.2e} in the output")
if os.path.exists(f"{folder}/sparsity.safetensors"):
    sparsity = load_file(f"{folder}/sparsity.safetensors")["sparsity"]
    print(f"log10 of the densities of {len(sparsity)} features; they sum to an L0 of {(10 ** sparsity.double()).sum():.3f}")
    if sparsity.shape != (cfg["d_sae"],) or sparsity.max() > 0:
        sys.exit("sae-lens reads other densities")
if max(worst) > 1e-4:
    sys.exit("sae-lens computes something else")
