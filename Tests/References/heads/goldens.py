#!/usr/bin/env python3
"""Makes the known numbers that `models.selftest` compares with, as safetensors (Sources/Heads/Goldens.swift has the layout).

    goldens.py gpt2 FOLDER OUT    published numbers of GPT-2 small, from the three files in FOLDER:
        golden_gpt2_omega_singular_values.csv   singular values of W_Q·W_K^T, folded and centred
        golden_gpt2_small_attention.json        scores, patterns and logits of five prompts (poloclub/transformer-explainer, MIT)
        golden_gpt2_ioi_prompt_attention.csv    single looks at one IOI prompt
    goldens.py model FOLDER OUT   the same of a GPT-2 in a Hugging Face directory, computed in double precision

Versions: Python 3.11, torch 2.13.0, transformers 5.23.0, numpy 2.4.6, safetensors 0.8.0.
"""
import ast
import csv
import json
import sys

import numpy as np
from safetensors.numpy import save_file

IOI = "When Mary and John went to the store, John gave a drink to"
# The ids of the IOI prompt in GPT-2's vocabulary, BOS in front; the self-test checks them against the tokenizer at hand.
IOI_IDS = [50256, 2215, 5335, 290, 1757, 1816, 284, 262, 3650, 11, 1757, 2921, 257, 4144, 284]
IOI_PIECES = ["<|endoftext|>", "When", " Mary", " and", " John", " went", " to", " the", " store", ",", " John (1)", " gave",
              " a", " drink", " to (1)"]


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
    return tensors, metadata


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
    return tensors, metadata


if __name__ == "__main__":
    kind, folder, out = sys.argv[1:]
    tensors, metadata = published(folder) if kind == "gpt2" else computed(folder)
    save_file(tensors, out, metadata)
    print(out, {name: tensor.shape for name, tensor in tensors.items()})
