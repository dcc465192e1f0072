"""Whether the real sae-lens loads an exported dictionary and computes what the dictionary computes.

    check.py FOLDER            a folder that `qklens dictionaries export` wrote

Compares sae-lens's encode and decode of random residuals with the formula f = ReLU((x - b_in) W_enc + b_enc), kept above the thresholds if there are any, and f W_dec + b_out from the
folder's own files, in float64. Written for sae-lens 6.54.12, torch 2.13.0, safetensors 0.8.0.
"""
import json
import sys

import torch
from safetensors.torch import load_file
from sae_lens import SAE

folder = sys.argv[1]
exact = load_file(f"{folder}/qklens.safetensors")
info = json.load(open(f"{folder}/qklens.json"))
for side in ("query", "key"):
    sae = SAE.load_from_disk(f"{folder}/{side}")
    weights = {name: value.double() for name, value in load_file(f"{folder}/{side}/sae_weights.safetensors").items()}
    x = torch.randn(1000, info["d_model"], generator=torch.Generator().manual_seed(0))
    f = torch.relu((x.double() - exact[f"{side}.b_in"].double()) @ weights["W_enc"] + exact[f"{side}.b_enc"].double())
    if "threshold" in weights:
        f = f * (f > weights["threshold"])
    y = f @ weights["W_dec"] + weights["b_dec"]
    with torch.no_grad():
        got = sae.encode(x)
        worst = ((got - f).abs().max().item(), (sae.decode(got) - y).abs().max().item())
    print(f"{side}: {type(sae).__name__}, {sae.cfg.d_sae} features, hook {sae.cfg.metadata.hook_name}; "
          f"largest difference {worst[0]:.2e} in f, {worst[1]:.2e} in the output")
    if max(worst) > 1e-4:
        sys.exit("sae-lens computes something else")
