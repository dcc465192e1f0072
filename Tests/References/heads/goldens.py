#!/usr/bin/env python3
"""Makes the known numbers that `models.selftest` compares with, as safetensors (Sources/Heads/Goldens.swift has the layout).

    goldens.py gpt2 FOLDER OUT    published numbers of GPT-2 small, from the three files in FOLDER:
        golden_gpt2_omega_singular_values.csv   singular values of W_Q·W_K^T, folded and centred
        golden_gpt2_small_attention.json        scores, patterns and logits of five prompts (poloclub/transformer-explainer, MIT)
        golden_gpt2_ioi_prompt_attention.csv    single looks at one IOI prompt
        golden_fc2024_ioi_trace_edges.csv       edges of traces of 256 IOI prompts (Franco & Crovella 2024), without the prompts
    goldens.py model FOLDER OUT   the same of a GPT-2 in a Hugging Face directory, computed in double precision

Versions: Python 3.11, torch 2.13.0, transformers 5.23.0, numpy 2.4.6, safetensors 0.8.0.
"""
import ast
import csv
import json
import sys

import numpy as np
from safetensors.numpy import save_file

import traces

IOI = "When Mary and John went to the store, John gave a drink to"
# The ids of the IOI prompt in GPT-2's vocabulary, BOS in front; the self-test checks them against the tokenizer at hand.
IOI_IDS = [50256, 2215, 5335, 290, 1757, 1816, 284, 262, 3650, 11, 1757, 2921, 257, 4144, 284]
IOI_PIECES = ["<|endoftext|>", "When", " Mary", " and", " John", " went", " to", " the", " store", ",", " John (1)", " gave",
              " a", " drink", " to (1)"]


# Where two places are one token, the first of these names it.
PLACES = ["IO", "S1", "S1+1", "S2", "END", "verb", "IO-1", "S1-1", "S2-1", "END-1"]


def published_traces(folder, tensors, metadata):
    """Edges, how often the looks fire from which they begin, and the logit differences; specification 2.4 and 2.8."""
    names = {name: number for number, name in enumerate(PLACES)} | {"end": PLACES.index("END"), "end-1": PLACES.index("END-1")}
    edges = []
    for row in csv.DictReader(open(f"{folder}/golden_fc2024_ioi_trace_edges.csv")):
        writer, (layer, head, place) = ast.literal_eval(row["upstream_head"]), ast.literal_eval(row["downstream_head_token"])
        edges.append([*writer, layer, head, names[place], "ds".index(row["type(s/d)"]), int(row["prompts_with_edge_of_256"]),
                      float(row["mean_contribution"])])
    tensors["trace.edges"] = np.array(edges, np.float32)
    roots = [(9, 6, 166), (9, 9, 201), (10, 0, 70)]
    tensors["trace.roots"] = np.array([[l, h, PLACES.index("END"), PLACES.index("IO"), n] for l, h, n in roots], np.float32)
    tensors["trace.difference"] = np.array([256, 3.011, 1.464, 0.977], np.float32)
    metadata["trace.places"], metadata["trace.bos"] = " ".join(PLACES), "false"
    metadata["trace.prompts"] = "256 IOI prompts of Franco & Crovella (2024): both orders of names, seed 0, no BOS"


def prompt(tensors, metadata, number, text, tokens, scores, logit_tokens, logits):
    name = f"prompt.{number}"
    metadata[f"{name}.text"] = text
    for part, values in [("tokens", tokens), ("scores", scores), ("logit_tokens", logit_tokens), ("logits", logits)]:
        tensors[f"{name}.{part}"] = np.asarray(values, np.float32)


def published(folder):
    rows = list(csv.DictReader(open(f"{folder}/golden_gpt2_omega_singular_values.csv")))
    values = np.array([[float(row[f"s{k}"]) for k in range(64)] for row in rows]).reshape(12, 12, 64)
    tensors = {"singular_values": values.astype(np.float32)}
    metadata = {
        "model": "GPT-2 small", "d_model": "768", "d_vocab": "50257", "n_ctx": "1024",
        "source": "published: singular values of the folded, centred W_Q·W_K^T; scores and logits of poloclub/transformer-explainer "
                  "(MIT); attention on an IOI prompt with BOS",
    }
    attention = json.load(open(f"{folder}/golden_gpt2_small_attention.json"))
    for number, entry in enumerate(attention["prompts"]):
        scores, patterns = np.array(entry["scores"]), np.array(entry["patterns"])
        # The patterns are the scores' softmax to the last published decimal, so the scores say all.
        at = 0
        for i in range(len(entry["token_ids"])):
            row = np.exp(scores[:, at:at + i + 1] - scores[:, at:at + i + 1].max(1, keepdims=True))
            assert np.abs(row / row.sum(1, keepdims=True) - patterns[:, at:at + i + 1]).max() < 1e-5
            at += i + 1
        logits = {int(token): value for token, value in entry["last_logits"].items()}
        prompt(tensors, metadata, number, entry["prompt"], entry["token_ids"], scores, list(logits), list(logits.values()))
    entries = []
    for row in csv.reader(open(f"{folder}/golden_gpt2_ioi_prompt_attention.csv")):
        if row[0].startswith("node"):
            continue
        layer, head, destination, source = ast.literal_eval(row[0])
        entries.append([layer, head, IOI_PIECES.index(destination), IOI_PIECES.index(source), float(row[1])])
    tensors["look.0.tokens"] = np.array(IOI_IDS, np.float32)
    tensors["look.0.entries"] = np.array(entries, np.float32)
    metadata["look.0.text"] = IOI
    published_traces(folder, tensors, metadata)
    return tensors, metadata


def computed_traces(folder, tokenizer, tensors, metadata, count=64):
    """The same of a model's own prompts, with the prompts."""
    names, prompts = ["IO", "S1", "S1+1", "S2", "END", "IO-1", "IO+1", "S2-1", "S2+1", "END-1"], []
    for line in open(f"{folder}/indirect_object.jsonl"):
        entry = json.loads(line)
        wrong = entry["acting"] if isinstance(entry["acting"], list) else [entry["acting"]]
        answers = [tokenizer.encode(word) for word in [entry["answer"], *wrong]]
        if len(answers) != 2 or any(len(answer) != 1 for answer in answers): continue
        (IO,), (S,) = answers
        tokens = [tokenizer.bos_token_id] + tokenizer.encode(entry["prompt"])
        places = {"END": len(tokens) - 1}
        if IO in tokens: places["IO"] = tokens.index(IO)
        at = [position for position, token in enumerate(tokens) if token == S]
        if at: places["S2"] = at[-1]
        if len(at) > 1: places |= {"S1": at[0], "S1+1": at[0] + 1}
        for name in names[5:]:
            base, step = name[:-2], int(name[-2:])
            if base in places and 0 <= places[base] + step < len(tokens): places[name] = places[base] + step
        prompts.append((tokens, IO, S, places))
        if len(prompts) == count: break
    found, close = traces.known(folder, prompts, names)
    tensors |= found
    metadata["trace.places"], metadata["trace.bos"] = " ".join(names), "true"
    metadata["trace.prompts"] = f"{len(prompts) - close} of the model's own indirect_object.jsonl"
    print(f"{close} of {len(prompts)} prompts are too close to call; roots {found['trace.roots'].astype(int).tolist()}, "
          f"{len(found['trace.edges'])} edges, differences {found['trace.difference']}")


def computed(folder):
    import torch
    from transformers import GPT2LMHeadModel, GPT2Tokenizer
    torch.set_grad_enabled(False)
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
    tokenizer = GPT2Tokenizer(f"{folder}/vocab.json", f"{folder}/merges.txt")
    c, D = model.config, model.config.n_embd
    H, K = c.n_head, D // c.n_head
    values = []
    for block in model.transformer.h:
        W = (block.ln_1.weight[:, None] * block.attn.c_attn.weight).numpy()
        W = W - W.mean(0)
        values.append([np.linalg.svd(W[:, h * K:(h + 1) * K] @ W[:, D + h * K:D + (h + 1) * K].T, compute_uv=False)[:K]
                       for h in range(H)])
    tensors = {"singular_values": np.array(values, np.float32)}
    metadata = {"model": folder.rstrip("/").split("/")[-1], "d_model": str(D), "d_vocab": str(c.vocab_size),
                "n_ctx": str(c.n_positions), "source": "computed in double precision by transformers and numpy from these weights"}

    def run(tokens):
        """Scores and patterns [L, H, T, T], logits [V] after the last token."""
        queries = []
        hooks = [block.attn.c_attn.register_forward_hook(lambda m, i, out: queries.append(out[0].numpy()))
                 for block in model.transformer.h]
        out = model(torch.tensor([tokens]), output_attentions=True)
        for hook in hooks:
            hook.remove()
        scores = []
        for qkv in queries:
            q, k = qkv[:, :D].reshape(-1, H, K), qkv[:, D:2 * D].reshape(-1, H, K)
            scores.append(np.einsum("ihk,jhk->hij", q, k) / np.sqrt(K))
        return np.array(scores), np.array([a[0].numpy() for a in out.attentions]), out.logits[0, -1].numpy()

    texts = ["They read aloud: river thunder copper table. Again:", "Then John and Mary had a long talk at the library",
             "On the table there is a white ring and a gray book."]
    for number, text in enumerate(texts):
        tokens = tokenizer.encode(text)
        scores, _, logits = run(tokens)
        flat = [[scores[l, h, i, j] for i in range(len(tokens)) for j in range(i + 1)] for l in range(c.n_layer) for h in range(H)]
        chosen = np.concatenate([np.argsort(-logits)[:20], np.arange(0, c.vocab_size, 51)])
        prompt(tensors, metadata, number, text, tokens, flat, chosen, logits[chosen])
    text = "When John and Mary went to the store, John gave a drink to"
    tokens = [c.bos_token_id] + tokenizer.encode(text)
    _, patterns, _ = run(tokens)
    strongest = sorted(((patterns[l, h, i, j], l, h, i, j) for l in range(c.n_layer) for h in range(H)
                        for i in range(2, len(tokens)) for j in range(1, i + 1)), reverse=True)[:34]
    tensors["look.0.tokens"] = np.array(tokens, np.float32)
    tensors["look.0.entries"] = np.array([[l, h, i, j, a] for a, l, h, i, j in strongest], np.float32)
    metadata["look.0.text"] = text
    computed_traces(folder, tokenizer, tensors, metadata)
    return tensors, metadata


if __name__ == "__main__":
    kind, folder, out = sys.argv[1:]
    tensors, metadata = published(folder) if kind == "gpt2" else computed(folder)
    save_file(tensors, out, metadata)
    print(out, {name: tensor.shape for name, tensor in tensors.items()})
