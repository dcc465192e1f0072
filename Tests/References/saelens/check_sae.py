"""Whether the real sae-lens loads an exported sparse autoencoder and computes what its own files say.

    check_sae.py FOLDER...         folders that `qklens saes export` wrote

Compares sae-lens's encode and decode of random activations with f = gate((z - b_dec) W_enc + b_enc) and f W_dec + b_dec in float64.
Written for sae-lens 6.54.12, torch 2.13.0, safetensors 0.8.0.
"""
import json
import sys

import torch
from safetensors.torch import load_file
from sae_lens import SAE

for folder in sys.argv[1:]:
    cfg = json.load(open(f"{folder}/cfg.json"))
    info = json.load(open(f"{folder}/qklens.json"))
    weights = {name: value.double() for name, value in load_file(f"{folder}/sae_weights.safetensors").items()}
    sae = SAE.load_from_disk(folder)
    z = torch.randn(1000, info["d_in"], generator=torch.Generator().manual_seed(0))
    pre = (z.double() - weights["b_dec"]) @ weights["W_enc"] + weights["b_enc"]
    f = torch.relu(pre)
    if "threshold" in weights:
        f = f * (pre > weights["threshold"])
    if "k" in cfg:
        kept = torch.zeros_like(f)
        top = pre.topk(cfg["k"], dim=-1)
        f = kept.scatter(-1, top.indices, torch.relu(top.values))
    y = f @ weights["W_dec"] + weights["b_dec"]
    is_z = cfg["reshape_activations"] == "hook_z"
    with torch.no_grad():
        given = z.reshape(1000, info["n_heads"], -1) if is_z else z
        got = sae.encode(given)
        reconstruction = sae.decode(got).reshape(1000, -1)
        got = got.to_dense() if got.is_sparse else got
    worst = ((got - f).abs().max().item(), (reconstruction - y).abs().max().item())
    print(f"{folder}: {type(sae).__name__}, {sae.cfg.d_sae} features, hook {sae.cfg.metadata.hook_name}; "
          f"largest difference {worst[0]:.2e} in f, {worst[1]:.2e} in the reconstruction")
