"""The demo model with parts of its attention changed while it runs: logits in double precision, straight from the definitions.

    pip install "torch==2.13.0+cpu" transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0
    python interventions.py DEMO_4L_DIRECTORY ../../AttributionTests/Fixtures/interventions.safetensors

The forward pass is written out here, and checked against Hugging Face's own before anything is changed. The dictionary is random, its
numbers rounded to single precision; it stands for any layer's. Each case is a change of the scores or the pattern:

    feature scaled by phi   q' = q - (1 - phi) f_a W_dec[a]     (k likewise)
    all pairs scaled by F   S' = S - (1 - F) scale (sum_a f_a W_dec[a]) . (sum_b f_b W_dec[b])
    pair scaled by p        S' = S - (1 - p) (what is left of f_a f_b M_abh scale)
    stage with factor F     S' = F S + (1 - F) S_rebuilt
    head scaled by F        A' = F A
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2LMHeadModel

directory, out = pathlib.Path(sys.argv[1]), sys.argv[2]
model = GPT2LMHeadModel.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").double().eval()
c = model.config
H, D = c.n_head, c.n_embd
K, F = D // H, 24
scale = K ** -0.5

generator = torch.Generator().manual_seed(20260)
def normal(*shape, by=1.0): return (torch.randn(*shape, generator=generator, dtype=torch.float64) * by).float()
dictionary = {}
for side in ("query", "key"):
    dictionary |= {
        f"{side}.W_enc": normal(D, F, by=D ** -0.5), f"{side}.b_enc": normal(F, by=0.3) - 0.5,
        f"{side}.W_dec": normal(F, H * K, by=0.7), f"{side}.b_in": normal(D, by=0.1), f"{side}.b_out": normal(H * K, by=0.5)}
exact = {name: tensor.double() for name, tensor in dictionary.items()}


def features(side, x):
    return torch.relu((x - exact[side + ".b_in"]) @ exact[side + ".W_enc"] + exact[side + ".b_enc"])


def decoder(side):
    return exact[side + ".W_dec"].view(F, H, K)


M = torch.einsum("ahk,bhk->abh", decoder("query"), decoder("key"))
beta = torch.einsum("hk,bhk->bh", exact["query.b_out"].view(H, K), decoder("key"))
a, b, h = torch.meshgrid(torch.arange(F), torch.arange(F), torch.arange(H), indexing="ij")
mask = ((7 * a + 5 * b + 3 * h) % 4).double() / 3  # a quarter of the entries is cut


def rebuilt(stage, fq, fk):
    """[B,H,T,T] scores of a stage"""
    q = torch.einsum("bia,ahk->bihk", fq, decoder("query")) + exact["query.b_out"].view(H, K)
    k = torch.einsum("bja,ahk->bjhk", fk, decoder("key"))
    if stage == "transcoders":
        return scale * torch.einsum("bihk,bjhk->bhij", q, k + exact["key.b_out"].view(H, K))
    if stage == "map":
        return scale * torch.einsum("bihk,bjhk->bhij", q, k)
    masked = torch.einsum("bia,bjc,ach->bhij", fq, fk, M * mask)
    return scale * (masked + torch.einsum("bjc,ch->bhj", fk, beta)[:, :, None, :])


def changed_scores(edits, x, q, k):
    """[B,H,T,T] the scores of one layer after its edits: (target, heads, factor) each, as Intervention.swift orders them"""
    fq, fk = features("query", x), features("key", x)
    scores = torch.einsum("bihk,bjhk->bhij", q, k) * scale
    phi_q, phi_k = torch.ones(F, H).double(), torch.ones(F, H).double()
    whole, single = torch.ones(H).double(), torch.ones(F, F, H).double()
    for (kind, *which), heads, factor in edits:
        for head in heads:
            if kind == "stage":
                scores[:, head] = factor * scores[:, head] + (1 - factor) * rebuilt(which[0], fq, fk)[:, head]
            elif kind == "query":
                phi_q[which[0], head] *= factor
            elif kind == "key":
                phi_k[which[0], head] *= factor
            elif kind == "all":
                whole[head] *= factor
            elif kind == "surviving":
                single[:, :, head] *= torch.where(mask[:, :, head] > 0, factor, 1.0)
            elif kind == "pair":
                single[which[0], which[1], head] *= factor
    if any(kind in ("query", "key", "all", "surviving", "pair") for (kind, *_), _, _ in edits):
        q2 = q - torch.einsum("bia,ah,ahk->bihk", fq, 1 - phi_q, decoder("query"))
        k2 = k - torch.einsum("bja,ah,ahk->bjhk", fk, 1 - phi_k, decoder("key"))
        scores = torch.einsum("bihk,bjhk->bhij", q2, k2) * scale
        pairs = torch.einsum("bia,ah,bjc,ch,ach->bijach", fq, phi_q, fk, phi_k, M) * scale
        scores = scores - torch.einsum("bijach,h->bhij", pairs, 1 - whole)
        scores = scores - torch.einsum("bijach,h,ach->bhij", pairs, whole, 1 - single)
    return scores


def norm(r, module):
    centred = r - r.mean(-1, keepdim=True)
    x = centred / (centred.pow(2).mean(-1, keepdim=True) + c.layer_norm_epsilon).sqrt()
    return x, x * module.weight + module.bias


def forward(ids, changes, window=None):
    """[B,T,V] logits; changes: layer -> edits; window: [T,T] where they apply"""
    t = model.transformer
    B, T = ids.shape
    r = t.wte(ids) + t.wpe(torch.arange(T))
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    for layer, block in enumerate(t.h):
        x, normalized = norm(r, block.ln_1)
        q, k, v = (part.view(B, T, H, K) for part in block.attn.c_attn(normalized).split(D, -1))
        scores = torch.einsum("bihk,bjhk->bhij", q, k) * scale
        edits = changes.get(layer, [])
        everywhere = torch.ones(T, T, dtype=torch.bool) if window is None else window
        if edits:
            scores = torch.where(everywhere, changed_scores(edits, x, q, k), scores)
        pattern = scores.masked_fill(future, -torch.inf).softmax(-1)
        for (kind, *_), heads, factor in edits:
            for head in heads:
                if kind == "head":
                    pattern[:, head] = torch.where(everywhere, factor * pattern[:, head], pattern[:, head])
        z = torch.einsum("bhij,bjhk->bihk", pattern, v).reshape(B, T, D)
        r = r + block.attn.c_proj(z)
        r = r + block.mlp(norm(r, block.ln_2)[1])
    return norm(r, t.ln_f)[1] @ model.lm_head.weight.T


tokenizer = ByteLevelBPETokenizer(str(directory / "vocab.json"), str(directory / "merges.txt"))
prompts = [json.loads(line)["prompt"] for line in (directory / "indirect_object.jsonl").read_text().splitlines()[:2]]
T = 14
ids = torch.tensor([[0, *tokenizer.encode(prompt).ids][:T] for prompt in prompts])
window = torch.zeros(T, T, dtype=torch.bool)
window[13, [3, 5]] = True
window[7, [3, 5]] = True
pair = ("pair", 2, 6)
CASES = {
    "pair": {0: [(pair, [2], 0.0)]},
    "pair_doubled": {1: [(pair, [0, 3], 2.0)]},
    "query_feature": {1: [(("query", 2), [0, 1, 2, 3], 0.0)]},
    "key_feature_halved": {2: [(("key", 6), [1], 0.5)]},
    "features_and_pair": {0: [(("query", 2), [0, 2], 0.25), (("key", 6), [2, 3], 0.0), (("key", 7), [2], 2.0), (pair, [2], 0.0),
                              (("pair", 2, 7), [2], -1.0)]},
    "head": {0: [(("head",), [2], 0.0)]},
    "head_halved": {3: [(("head",), [0, 3], 0.5)]},
    "all_pairs": {2: [(("all",), [1], 0.0)]},
    "all_pairs_and_one": {1: [(("all",), [0, 2], 0.25), (pair, [2], 3.0), (("query", 2), [2], 2.0)]},
    "surviving_pairs": {0: [(("surviving",), [0, 3], 0.0)]},
    "two_layers": {0: [(pair, [2], 0.0), (("all",), [1], 0.5)], 2: [(pair, [0, 1], 0.0), (("query", 2), [3], 0.0)]},
    "stage_transcoders": {0: [(("stage", "transcoders"), [0, 1, 2, 3], 0.0)], 2: [(("stage", "transcoders"), [1, 2], 0.0)]},
    "stage_map_halfway": {1: [(("stage", "map"), [1], 0.5)]},
    "stage_masked_map": {1: [(("stage", "masked_map"), [0, 2], 0.0), (("head",), [3], 0.0)]},
    "window": {0: [(pair, [2], 0.0), (("all",), [0], 0.0), (("head",), [1], 0.0)]},
}
ROWS = [(0, 7), (0, 13), (1, 13)]
with torch.no_grad():
    own = model(ids).logits
    assert torch.allclose(forward(ids, {}), own, atol=1e-10)
    expected = {"tokens": ids, "own": torch.stack([own[row] for row in ROWS])}
    for name, changes in CASES.items():
        found = forward(ids, changes, window if name == "window" else None)
        expected[name] = torch.stack([found[row] for row in ROWS])
        print(f"{name:>20} moves the logits by {(expected[name] - expected['own']).abs().max():.4f}")
        assert (expected[name] - expected["own"]).abs().max() > 0.005, name
x = norm(model.transformer.wte(ids) + model.transformer.wpe(torch.arange(T)), model.transformer.h[0].ln_1)[0]
for side in ("query", "key"):
    active = features(side, x) > 0
    print(f"{side}: L0 {active.sum(-1).double().mean():.1f}; features by tokens: {active.sum((0, 1)).tolist()}")
save_file({name: tensor.float().contiguous() for name, tensor in (dictionary | expected).items()}, out)
