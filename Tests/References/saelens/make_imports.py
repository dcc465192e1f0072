"""Published layouts of sparse autoencoders, and what the real sae-lens computes from them.

    make_imports.py FOLDER        writes FOLDER/<case>/..., FOLDER/expected.safetensors

Each case is a folder that sae-lens loads (`hook_z_kk` a .pt file, whose configuration is made as sae-lens's own loader makes it), random
weights for the embedded model's sizes: d_model 128, 4 heads of 32. expected.safetensors holds x [8, 128], the activation as the model itself
has it, and for each case f [8, d_sae] and x_hat [8, 128] of what sae-lens is given after the model's weights were processed as the case says.

Written for sae-lens 6.54.12, torch 2.13.0, safetensors 0.8.0.
"""
import json
import os
import sys

import torch
from safetensors.torch import load_file, save_file
from sae_lens import SAE

folder = sys.argv[1]
root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
model = load_file(f"{root}/Sources/Daemon/Models/demo-4l/model.safetensors")
name = next(n for n in model if n.endswith("h.1.attn.c_attn.bias"))
b_V = model[name].float()[256:]
D, F, H = 128, 12, 4
generator = torch.Generator().manual_seed(0)
x = torch.randn(8, D, generator=generator)
expected = {"x": x.clone()}


def weights(**extra):
    W_dec = torch.randn(F, D, generator=generator) / D**0.5
    tensors = {"W_enc": W_dec.t().contiguous() + 0.02 * torch.randn(D, F, generator=generator),
               "W_dec": W_dec * torch.linspace(0.5, 2, F)[:, None], "b_enc": 0.3 * torch.randn(F, generator=generator),
               "b_dec": 0.2 * torch.randn(D, generator=generator)}
    return {**tensors, **extra}


def case(name, cfg, tensors, processing="none", is_torch=False):
    path = f"{folder}/{name}"
    os.makedirs(path, exist_ok=True)
    loaded = path
    if is_torch:
        torch.save(tensors, f"{path}/sae.pt")
        json.dump(cfg, open(f"{path}/sae_cfg.json", "w"), indent=1)
        # As `connor_rob_hook_z_huggingface_loader` does.
        loaded = f"{path}/.converted"
        os.makedirs(loaded, exist_ok=True)
        cfg = {"architecture": "standard", "d_in": cfg["act_size"], "d_sae": cfg["dict_size"], "dtype": "float32", "device": "cpu",
               "hook_name": cfg["act_name"], "apply_b_dec_to_input": True, "normalize_activations": "none",
               "reshape_activations": "hook_z", "finetuning_scaling_factor": False, "model_name": "gpt2-small"}
    json.dump(cfg, open(f"{loaded}/cfg.json", "w"), indent=1)
    save_file(tensors, f"{loaded}/sae_weights.safetensors")
    sae = SAE.load_from_disk(loaded)
    hook = cfg.get("hook_name") or cfg.get("hook_point") or cfg["metadata"]["hook_name"]
    given = x
    if processing == "folded" and hook.endswith("hook_z"):
        given = x - b_V
    elif processing in ("folded", "centred"):
        given = x - x.mean(-1, keepdim=True)
    with torch.no_grad():
        f = sae.encode(given.reshape(8, H, D // H) if hook.endswith("hook_z") else given)
        x_hat = sae.decode(f).reshape(8, D)
    if processing == "folded" and hook.endswith("hook_z"):
        x_hat = x_hat + b_V
    expected[f"{name}/f"] = (f.to_dense() if f.is_sparse else f).contiguous()
    expected[f"{name}/x_hat"] = x_hat.contiguous()
    print(f"{name}: {type(sae).__name__}, L0 {(expected[f'{name}/f'] > 0).sum(-1).float().mean().item():.2f}")
    if is_torch:
        for file in ("cfg.json", "sae_weights.safetensors"):
            os.remove(f"{loaded}/{file}")
        os.rmdir(loaded)


def new(architecture, hook, kwargs=None, **more):
    metadata = {"model_name": "demo-4l", "hook_name": hook, "hook_head_index": None, "prepend_bos": True, "context_size": 128,
                "sae_lens_version": "6.54.12"}
    if kwargs is not None:
        metadata["model_from_pretrained_kwargs"] = kwargs
    return {"architecture": architecture, "d_in": D, "d_sae": F, "dtype": "float32", "device": "cpu", "apply_b_dec_to_input": True,
            "normalize_activations": "none", "reshape_activations": "hook_z" if hook.endswith("hook_z") else "none",
            "metadata": metadata, **more}


case("standard_z", new("standard", "blocks.1.attn.hook_z"), weights())
case("standard_resid_centred", new("standard", "blocks.1.hook_resid_pre", {"center_writing_weights": True}), weights(), "centred")
case("standard_without_b_dec", new("standard", "blocks.0.hook_resid_post", apply_b_dec_to_input=False), weights())
case("topk_resid", new("topk", "blocks.1.hook_resid_pre", k=3, rescale_acts_by_decoder_norm=False), weights())
case("topk_rescaled", new("topk", "blocks.1.hook_resid_pre", k=3, rescale_acts_by_decoder_norm=True), weights())
case("jumprelu_attn_out", new("jumprelu", "blocks.2.hook_attn_out"), weights(threshold=torch.rand(F, generator=generator)))
# What a runner of sae-lens 3 wrote, with everything that it wrote.
case("runner_3", {
    "model_name": "demo-4l", "model_class_name": "HookedTransformer", "hook_name": "blocks.1.hook_resid_pre", "hook_eval": "NOT_IN_USE",
    "hook_layer": 1, "hook_head_index": None, "dataset_path": "openwebtext", "dataset_trust_remote_code": True, "streaming": True,
    "is_dataset_tokenized": False, "context_size": 128, "use_cached_activations": False, "cached_activations_path": None,
    "architecture": "standard", "d_in": D, "d_sae": F, "b_dec_init_method": "zeros", "expansion_factor": None, "activation_fn": "relu",
    "activation_fn_kwargs": {}, "normalize_sae_decoder": False, "noise": 0.0, "from_pretrained_path": None,
    "apply_b_dec_to_input": False, "decoder_orthogonal_init": False, "n_batches_in_buffer": 64, "training_tokens": 2_000_000,
    "finetuning_tokens": 0, "store_batch_size_prompts": 16, "train_batch_size_tokens": 4096, "normalize_activations": "none",
    "device": "cpu", "act_store_device": "cpu", "seed": 42, "dtype": "float32", "prepend_bos": True, "autocast": False,
    "lr": 3e-4, "l1_coefficient": 5, "lp_norm": 1, "use_ghost_grads": False, "feature_sampling_window": 1000, "dead_feature_window": 1000,
    "model_from_pretrained_kwargs": {"center_writing_weights": False}, "finetuning_scaling_factor": False,
}, weights(scaling_factor=torch.ones(F)))
case("res_jb", {
    "model_name": "demo-4l", "hook_point": "blocks.1.hook_resid_pre", "hook_point_layer": 1, "hook_point_head_index": None,
    "dataset_path": "Skylion007/openwebtext", "is_dataset_tokenized": False, "context_size": 128, "use_cached_activations": False,
    "cached_activations_path": "activations/Skylion007_openwebtext/gpt2-small/blocks.1.hook_resid_pre", "d_in": D, "n_batches_in_buffer": 128,
    "total_training_tokens": 300000000, "store_batch_size": 32, "device": "cpu", "seed": 42, "dtype": "torch.float32",
    "b_dec_init_method": "geometric_median", "expansion_factor": 32, "from_pretrained_path": None, "d_sae": F, "l1_coefficient": 8e-05,
    "lr": 0.0004, "lr_scheduler_name": None, "train_batch_size": 4096, "use_ghost_grads": False, "feature_sampling_window": 1000,
    "feature_sampling_method": None, "resample_batches": 1028, "feature_reinit_scale": 0.2, "dead_feature_window": 5000,
    "dead_feature_estimation_method": "no_fire", "dead_feature_threshold": 1e-06, "log_to_wandb": True, "wandb_project": "x",
    "wandb_entity": None, "wandb_log_frequency": 100, "n_checkpoints": 10, "checkpoint_path": "checkpoints/x",
}, weights(), "folded")
case("hook_z_kk", {
    "seed": 49, "batch_size": 4096, "buffer_mult": 384, "lr": 0.0012, "num_tokens": 2000000000, "l1_coeff": 1.8, "beta1": 0.9,
    "beta2": 0.99, "dict_mult": 32, "seq_len": 128, "enc_dtype": "fp32", "remove_rare_dir": False, "model_name": "demo-4l", "site": "z",
    "layer": 1, "device": "cuda", "model_batch_size": 1024, "act_name": "blocks.1.attn.hook_z", "act_size": D, "dict_size": F,
    "concat_heads": True, "resample_scheme": "anthropic", "name": "demo_L1_Hcat_z",
}, weights(), "folded", is_torch=True)
save_file(expected, f"{folder}/expected.safetensors")
