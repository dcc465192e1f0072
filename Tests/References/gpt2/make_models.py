"""Tiny random GPT-2s with every switch of the architecture, and what Hugging Face computes from them.

    pip install "torch==2.13.0+cpu" transformers==5.23.0 safetensors==0.8.0
    python make_models.py ../../GPT2Tests/Fixtures

Writes one directory per model: config.json, model.safetensors and expected.safetensors (tokens, logits, every named activation and
layer 0's folded query and key maps). The expectation is computed in double precision from the weights as the file holds them.
Before a model is written, the script proves that the comparison can fail: turning any switch, or setting any gain to one or any
bias to zero, moves the logits by at least ten times the tolerance of the tests.
"""

import copy
import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel

from activations import activations, folded_qk

TOLERANCE = 1e-4  # times max(1, largest absolute value); Tests/GPT2Tests/Fixtures.swift has the same

MODELS = {
    "plain": dict(n_embd=12, n_head=3, n_layer=2),
    "odd_head": dict(n_embd=15, n_head=3, n_layer=3, n_inner=20, activation_function="gelu", bare=True),
    "relu_untied": dict(n_embd=16, n_head=2, n_layer=2, n_inner=10, activation_function="relu", tie_word_embeddings=False),
    "unscaled_bf16": dict(n_embd=14, n_head=2, n_layer=2, scale_attn_weights=False, dtype=torch.bfloat16),
    "by_layer_f16": dict(n_embd=20, n_head=4, n_layer=3, scale_attn_by_inverse_layer_idx=True, dtype=torch.float16, bare=True),
    "one_head": dict(
        n_embd=9, n_head=1, n_layer=3, n_inner=31, scale_attn_weights=False, scale_attn_by_inverse_layer_idx=True,
        layer_norm_epsilon=1e-2, activation_function="gelu_pytorch_tanh"),
    "old_buffers": dict(
        n_embd=40, n_head=8, n_layer=1, n_inner=24, activation_function="relu", bare=True, buffers=True,
        tie_word_embeddings=False),
}


def config_of(n_embd, n_head, n_layer, dtype=None, bare=None, buffers=None, **others):
    return GPT2Config(
        vocab_size=19, n_positions=11, n_embd=n_embd, n_head=n_head, n_layer=n_layer, bos_token_id=3, eos_token_id=3,
        attn_implementation="eager", **others)


def randomise(model, generator):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(0, 0.3, generator=generator)
            if ".ln_" in name and name.endswith("weight"):
                parameter.add_(1)
            if model.config.activation_function != "relu":
                # The two GELUs differ by at most 5e-4, near |x| = 2: hold the MLP there and let it speak loudly, or no test could tell.
                if name.endswith("mlp.c_fc.bias"):
                    parameter.sub_(2)
                if name.endswith("mlp.c_proj.weight"):
                    parameter.mul_(4)


def logits(model, ids):
    with torch.no_grad():
        return model(ids).logits


def with_config(model, **changes):
    """The same weights under another configuration."""
    config = copy.deepcopy(model.config)
    for key, value in changes.items():
        setattr(config, key, value)
    config._attn_implementation = "eager"
    other = GPT2LMHeadModel(config).double().eval()
    other.load_state_dict(model.state_dict())
    return other


def prove(name, model, ids):
    """Every switch, gain and bias must matter."""
    base = logits(model, ids)
    needed = 10 * TOLERANCE * max(1.0, base.abs().max().item())

    def moved(what, other, found=None):
        distance = (logits(other, ids) - base).abs().max().item() if found is None else found
        assert distance >= needed, f"{name}: {what} moves the logits by {distance:.2e}, not by {needed:.2e}"

    config = model.config
    moved("scale_attn_weights", with_config(model, scale_attn_weights=not config.scale_attn_weights))
    if config.n_layer > 1:
        by_layer = not config.scale_attn_by_inverse_layer_idx
        moved("scale_attn_by_inverse_layer_idx", with_config(model, scale_attn_by_inverse_layer_idx=by_layer))
    else:
        assert not config.scale_attn_by_inverse_layer_idx
    for other in {"gelu_new", "gelu", "relu"} - {config.activation_function.replace("gelu_pytorch_tanh", "gelu_new")}:
        moved("activation_function " + other, with_config(model, activation_function=other))
    if config.layer_norm_epsilon != 1e-5:
        moved("layer_norm_epsilon", with_config(model, layer_norm_epsilon=1e-5))
    if not config.tie_word_embeddings:
        other = with_config(model)
        other.lm_head.weight.data = other.transformer.wte.weight.data
        moved("tie_word_embeddings", other)

    D = config.n_embd
    for key in model.state_dict():
        neutral = 1.0 if ".ln_" in key and key.endswith("weight") else 0.0
        if neutral == 0.0 and not key.endswith("bias"):
            continue
        parts = {"": slice(None)}
        if key.endswith("c_attn.bias"):
            # The key part shifts each row of scores by a constant, which the softmax forgets: it must move the scores instead.
            parts = {" q": slice(0, D), " v": slice(2 * D, 3 * D)}
            other, layer = with_config(model), int(key.split(".")[2])
            other.state_dict()[key][D : 2 * D] = neutral
            at = f"blocks.{layer}.attn.hook_attn_scores"
            before, after = (activations(m, ids)[at].masked_fill(torch.ones(ids.shape[1], ids.shape[1]).triu(1) > 0, 0) for m in (model, other))
            moved(key + " k", other, (after - before).abs().max().item())
        for part, where in parts.items():
            other = with_config(model)
            other.state_dict()[key][where] = neutral
            moved(key + part, other)


def make(directory, name, seed, dtype=torch.float32, bare=False, buffers=False, **settings):
    generator = torch.Generator().manual_seed(seed)
    model = GPT2LMHeadModel(config_of(**settings)).eval()
    randomise(model, generator)
    directory.mkdir(parents=True, exist_ok=True)
    model.to(dtype).save_pretrained(directory)
    (directory / "generation_config.json").unlink(missing_ok=True)

    path = directory / "model.safetensors"
    tensors = load_file(path)
    if bare:
        tensors = {key.removeprefix("transformer."): tensor for key, tensor in tensors.items()}
    if buffers:  # as files of transformers 4.x before 4.31 hold them
        T = model.config.n_positions
        for layer in range(model.config.n_layer):
            tensors[f"h.{layer}.attn.bias"] = torch.ones(T, T, dtype=torch.uint8).tril().view(1, 1, T, T)
            tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(tensors, path, metadata={"format": "pt"})

    exact = model.double()
    ids = torch.randint(0, model.config.vocab_size, (2, 9), generator=generator)
    prove(name, exact, ids)
    expected = {"tokens": ids} | activations(exact, ids)
    expected |= {"folded." + key: tensor for key, tensor in folded_qk(exact, 0).items()}
    save_file({key: tensor.float().contiguous() for key, tensor in expected.items()}, directory / "expected.safetensors")
    config = json.loads((directory / "config.json").read_text())
    print(f"{name}: {len(expected)} tensors, {config['activation_function']}, largest logit {expected['logits'].abs().max():.2f}")


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    for seed, (name, settings) in enumerate(MODELS.items()):
        make(root / name, name, seed, **settings)
