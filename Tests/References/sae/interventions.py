"""The demo model with features of two random autoencoders changed while it runs: logits in double precision, from the definitions.

    pip install "torch==2.13.0+cpu" transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0
    python interventions.py DEMO_4L_DIRECTORY ../../AttributionTests/Fixtures/feature_interventions.safetensors

    f = relu((a - b_dec) W_enc + b_enc),  a_hat(f) = f W_dec + b_dec
    with the error:     a <- a_hat(f') + (a - a_hat(f))
    without the error:  a <- a_hat(f')

"z" is of the concatenated heads' outputs of layer 1, "resid" of the residual stream that enters layer 2. Hugging Face's own model runs,
with hooks; the second autoencoder therefore encodes what the first has changed.
"""
import json, pathlib, sys
import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2LMHeadModel

torch.set_num_threads(1)
directory, out = pathlib.Path(sys.argv[1]), sys.argv[2]
model = GPT2LMHeadModel.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").double().eval()
D, F = model.config.n_embd, 32
generator = torch.Generator().manual_seed(20261)
def normal(*shape, by=1.0): return (torch.randn(*shape, generator=generator, dtype=torch.float64) * by).float()
stored = {}
for name in ("z", "resid"):
    stored |= {f"{name}.W_enc": normal(D, F, by=D ** -0.5), f"{name}.b_enc": normal(F, by=0.2), f"{name}.W_dec": normal(F, D, by=D ** -0.5),
               f"{name}.b_dec": normal(D, by=0.1)}
exact = {name: tensor.double() for name, tensor in stored.items()}
met = {}


def changed(name, a, edits, error=True):
    """edits: (feature, 'scale' or 'set', number, list of (b, t) or None)"""
    f = torch.relu((a - exact[name + ".b_dec"]) @ exact[name + ".W_enc"] + exact[name + ".b_enc"])
    decode = lambda f: f @ exact[name + ".W_dec"] + exact[name + ".b_dec"]
    after = f.clone()
    for feature, kind, number, where in edits:
        mask = torch.ones(f.shape[:2], dtype=torch.bool)
        if where is not None:
            mask[:] = False
            for place in where: mask[place] = True
        met[name, feature] = int((f[..., feature] > 0)[mask].sum())
        after[..., feature] = torch.where(mask, number * after[..., feature] if kind == "scale" else torch.tensor(float(number)).double(),
                                          after[..., feature])
    return decode(after) + (a - decode(f) if error else 0)


def run(ids, z=None, resid=None, error=True):
    hooks = []
    if z is not None:
        hooks.append(model.transformer.h[1].attn.c_proj.register_forward_pre_hook(lambda _, i: (changed("z", i[0], z, error),)))
    if resid is not None:
        hooks.append(model.transformer.h[2].register_forward_pre_hook(
            lambda _, i, kw: ((changed("resid", i[0], resid, error), *i[1:]), kw), with_kwargs=True))
    with torch.no_grad(): logits = model(ids).logits
    for hook in hooks: hook.remove()
    return logits


tokenizer = ByteLevelBPETokenizer(str(directory / "vocab.json"), str(directory / "merges.txt"))
prompts = [json.loads(line)["prompt"] for line in (directory / "indirect_object.jsonl").read_text().splitlines()[:2]]
T = 14
ids = torch.tensor([[0, *tokenizer.encode(prompt).ids][:T] for prompt in prompts])
everywhere, some = None, [(0, 7), (1, 3), (1, 13)]
CASES = {
    "nothing": dict(z=[(3, "scale", 1, everywhere)], resid=[(4, "scale", 1, everywhere)]),
    "removed": dict(z=[(3, "scale", 0, everywhere)]),
    "set_at_tokens": dict(z=[(5, "set", 2.5, some)]),
    "resid_tripled": dict(resid=[(7, "scale", 3, everywhere)]),
    "two_layers": dict(z=[(3, "scale", 0, everywhere), (6, "set", 4, some)], resid=[(7, "set", 1.5, everywhere)]),
    "without_error": dict(z=[(3, "scale", 0, everywhere)], error=False),
    "one_after_the_other": dict(z=[(3, "set", 1, everywhere), (3, "scale", 2, some)]),
}
ROWS = [(0, 7), (0, 13), (1, 13)]
own = run(ids)
expected = {"tokens": ids, "own": torch.stack([own[row] for row in ROWS])}
for name, case in CASES.items():
    found = run(ids, **case)
    expected[name] = torch.stack([found[row] for row in ROWS])
    moved = (expected[name] - expected["own"]).abs().max().item()
    print(f"{name:>20} moves the logits by {moved:.6f}; active where the edits reach: {met}")
    assert moved < 1e-10 if name == "nothing" else moved > 0.005
    met.clear()
save_file({name: tensor.float().contiguous() for name, tensor in (stored | expected).items()}, out)
