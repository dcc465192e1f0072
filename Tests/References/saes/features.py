"""What features of a prompt are made of, in double precision, straight from the definitions.

    pip install "torch==2.13.0+cpu" transformers==5.23.0 safetensors==0.8.0
    python features.py DEMO_4L_DIRECTORY ../../AttributionTests/Fixtures/features.safetensors

The demo model reads a prompt of random tokens; dictionaries of z of layers 0, 1 and 2 and of the residual stream before layer 2 are random, their
numbers rounded to single precision. Patterns and the scales of LayerNorms are held as they are, so that everything is linear in what was
written into the residual stream: each contribution is what is left of a feature's pre-activation, or of a logit, when the stream is that one
part and nothing else, and all biases are left out.
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import GPT2LMHeadModel

directory, out = pathlib.Path(sys.argv[1]), sys.argv[2]
model = GPT2LMHeadModel.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").double().eval()
c, blocks = model.config, model.transformer.h
H, D, T, F = c.n_head, c.n_embd, 9, 24
K = D // H

generator = torch.Generator().manual_seed(20268)
def normal(*shape, by=1.0): return (torch.randn(*shape, generator=generator, dtype=torch.float64) * by).float()
tokens = torch.randint(0, c.vocab_size, (T,), generator=generator)
saes = {}
for name in ("z.0", "z.1", "z.2", "resid_pre.2"):
    saes |= {
        f"{name}.W_enc": normal(D, F, by=D ** -0.5), f"{name}.b_enc": normal(F, by=0.1), f"{name}.W_dec": normal(F, D, by=D ** -0.5),
        f"{name}.b_dec": normal(D, by=0.1)}
exact = {name: tensor.double() for name, tensor in saes.items()}


def encode(name, x):
    pre = (x - exact[name + ".b_dec"]) @ exact[name + ".W_enc"] + exact[name + ".b_enc"]
    return pre, torch.relu(pre)


# The forward pass, with all that is written.
with torch.no_grad():
    ids = tokens[None]
    embedding, position = model.transformer.wte(ids)[0], model.transformer.wpe(torch.arange(T))
    resid, passed = embedding + position, []
    for block in blocks:
        centred = resid - resid.mean(-1, keepdim=True)
        sigma = (centred.pow(2).mean(-1, keepdim=True) + c.layer_norm_epsilon).sqrt()
        normalised = centred / sigma * block.ln_1.weight + block.ln_1.bias
        q, k, v = (normalised @ block.attn.c_attn.weight + block.attn.c_attn.bias).view(T, 3, H, K).unbind(1)
        scores = torch.einsum("ihk,jhk->hij", q, k) * K ** -0.5
        pattern = scores.masked_fill(torch.ones(T, T).triu(1).bool(), -torch.inf).softmax(-1)
        z = torch.einsum("hij,jhk->ihk", pattern, v).reshape(T, D)
        attn_out = z @ block.attn.c_proj.weight + block.attn.c_proj.bias
        middle = resid + attn_out
        mlp_out = block.mlp(block.ln_2(middle))
        passed.append(dict(resid_pre=resid, sigma=sigma, pattern=pattern, z=z, attn_out=attn_out, mlp_out=mlp_out))
        resid = middle + mlp_out
    centred = resid - resid.mean(-1, keepdim=True)
    sigma_final = (centred.pow(2).mean(-1, keepdim=True) + c.layer_norm_epsilon).sqrt()
    logits = (centred / sigma_final * model.transformer.ln_f.weight + model.transformer.ln_f.bias) @ model.lm_head.weight.T
    assert torch.allclose(logits, model(ids).logits[0], atol=1e-9), "the pass written out here is not the model's"


def through_attention(layer, feature, destination, stream):
    """what a stream [T,D] adds to a feature's pre-activation, biases left out"""
    block, own = blocks[layer], passed[layer]
    x = (stream - stream.mean(-1, keepdim=True)) / own["sigma"] * block.ln_1.weight
    v = (x @ block.attn.c_attn.weight[:, 2 * D:]).view(T, H, K)
    z = torch.einsum("hj,jhk->hk", own["pattern"][:, destination], v).reshape(D)
    return z @ exact[f"z.{layer}.W_enc"][:, feature]


def at(position, vector):
    stream = torch.zeros(T, D, dtype=torch.float64)
    stream[position] = vector
    return stream


def written(below, read, positions):
    """each part written below a layer, read alone: by name a number for each token, of features one for each"""
    found = {"embedding": embedding, "position": position} | {f"mlp.{n}": passed[n]["mlp_out"] for n in range(below)}
    parts = {name: torch.stack([read(at(p, rows[p])) for p in positions]) for name, rows in found.items()}
    for layer in range(below):
        if f"z.{layer}.W_dec" not in exact:
            parts[f"attention.{layer}"] = torch.stack([read(at(p, passed[layer]["attn_out"][p])) for p in positions])
            continue
        W_O, f = blocks[layer].attn.c_proj.weight, encode(f"z.{layer}", passed[layer]["z"])[1]
        parts[f"feature.{layer}"] = torch.stack(
            [torch.stack([read(at(p, f[p, k] * exact[f"z.{layer}.W_dec"][k] @ W_O)) for k in range(F)]) for p in positions])
    return parts


def error(below, read, positions):
    sums = torch.zeros((), dtype=torch.float64)
    for layer in range(below):
        if f"z.{layer}.W_dec" in exact:
            z = passed[layer]["z"]
            left = z - encode(f"z.{layer}", z)[1] @ exact[f"z.{layer}.W_dec"] - exact[f"z.{layer}.b_dec"]
            sums = sums + sum(read(at(p, left[p] @ blocks[layer].attn.c_proj.weight)) for p in positions)
    return sums


results, everywhere = {}, range(T)
with torch.no_grad():
    # An attention-output feature of layer 2, by residual features.
    destination, feature = T - 1, int(encode("z.2", passed[2]["z"])[0][-1].argmax())
    resid, f = passed[2]["resid_pre"], encode("resid_pre.2", passed[2]["resid_pre"])[1]
    left = resid - f @ exact["resid_pre.2.W_dec"] - exact["resid_pre.2.b_dec"]
    read = lambda stream: through_attention(2, feature, destination, stream)
    results["attention.2.feature"] = torch.tensor([feature])
    results["attention.2.total"] = encode("z.2", passed[2]["z"])[0][destination, feature]
    results["attention.2.residual"] = torch.stack(
        [torch.stack([read(at(s, f[s, j] * exact["resid_pre.2.W_dec"][j])) for j in range(F)]) for s in everywhere])
    results["attention.2.error"] = read(left)

    # One of layer 1, without a dictionary of the residual stream.
    feature = int(encode("z.1", passed[1]["z"])[0][-1].argmax())
    read = lambda stream: through_attention(1, feature, destination, stream)
    results["attention.1.feature"] = torch.tensor([feature])
    results["attention.1.total"] = encode("z.1", passed[1]["z"])[0][destination, feature]
    results |= {f"attention.1.{name}": part for name, part in written(1, read, everywhere).items()}
    results["attention.1.error"] = error(1, read, everywhere)

    # A residual feature of layer 2.
    token = T - 2
    feature = int(encode("resid_pre.2", resid)[0][token].argmax())
    read = lambda stream: stream[token] @ exact["resid_pre.2.W_enc"][:, feature]
    results["residual.2.feature"] = torch.tensor([feature])
    results["residual.2.total"] = encode("resid_pre.2", resid)[0][token, feature]
    results |= {f"residual.2.{name}": part for name, part in written(2, read, [token]).items()}
    results["residual.2.error"] = error(2, read, [token])

    # A logit less another: layer 3 has no dictionary.
    right, wrong = int(logits[-1].argmax()), int(logits[-1].argmin())
    direction = model.lm_head.weight[right] - model.lm_head.weight[wrong]
    def read(stream):
        x = (stream[-1] - stream[-1].mean()) / sigma_final[-1] * model.transformer.ln_f.weight
        return x @ direction
    results["logit.tokens"] = torch.tensor([right, wrong])
    results["logit.total"] = logits[-1, right] - logits[-1, wrong]
    results |= {f"logit.{name}": part for name, part in written(4, read, [T - 1]).items()}
    results["logit.error"] = error(4, read, [T - 1])

save_file(
    {name: tensor.contiguous() for name, tensor in saes.items()}
    | {"tokens": tokens.float()}
    | {name: value.float().reshape(-1) for name, value in results.items()},
    out, metadata={"torch": torch.__version__})
