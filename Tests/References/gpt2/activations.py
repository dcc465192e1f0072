"""Every activation that TransformerLens names for GPT-2, computed from Hugging Face's own modules (eager attention).

The basis is that of `HookedTransformer.from_pretrained_no_processing`: nothing folded, nothing centred. Three further names are
ours: `ln1.hook_x`, `ln2.hook_x` and `ln_final.hook_x`, the normalised residual before gain and bias.
"""

import torch


def activations(model, ids):
    """ids [B,T] long -> {TransformerLens name: tensor}, in the model's precision, with `logits`."""
    config, found, handles = model.config, {}, []
    H, K = config.n_head, config.n_embd // config.n_head

    def note(module, before=None, after=None):
        def hook(_, inputs, output):
            if before:
                found[before] = inputs[0]
            if after:
                found[after] = output[0] if isinstance(output, tuple) else output
        handles.append(module.register_forward_hook(hook))

    transformer = model.transformer
    note(transformer.wte, after="hook_embed")
    note(transformer.wpe, after="hook_pos_embed")
    for layer, block in enumerate(transformer.h):
        at = f"blocks.{layer}."
        note(block.ln_1, at + "hook_resid_pre", at + "ln1.hook_normalized")
        note(block.attn.c_attn, after=at + "qkv")
        note(block.attn.c_proj, before=at + "z")
        note(block.attn, after=at + "hook_attn_out")
        note(block.ln_2, at + "hook_resid_mid", at + "ln2.hook_normalized")
        note(block.mlp.c_fc, after=at + "mlp.hook_pre")
        note(block.mlp.c_proj, at + "mlp.hook_post", at + "hook_mlp_out")
        note(block, after=at + "hook_resid_post")
    note(transformer.ln_f, "resid_final", "ln_final.hook_normalized")
    with torch.no_grad():
        output = model(ids, output_attentions=True)
    for handle in handles:
        handle.remove()

    B, T = ids.shape
    found["hook_pos_embed"] = found["hook_pos_embed"].expand(B, T, -1)
    found["logits"] = output.logits

    def normalise(name, residual):
        centred = residual - residual.mean(-1, keepdim=True)
        scale = (centred.pow(2).mean(-1, keepdim=True) + config.layer_norm_epsilon).sqrt()
        found[name + ".hook_scale"], found[name + ".hook_x"] = scale, centred / scale

    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    for layer, block in enumerate(transformer.h):
        at = f"blocks.{layer}."
        normalise(at + "ln1", found[at + "hook_resid_pre"])
        normalise(at + "ln2", found[at + "hook_resid_mid"])
        q, k, v = (part.reshape(B, T, H, K) for part in found.pop(at + "qkv").split(config.n_embd, -1))
        z = found.pop(at + "z").reshape(B, T, H, K)
        scale = (K ** -0.5 if config.scale_attn_weights else 1.0) / (layer + 1 if config.scale_attn_by_inverse_layer_idx else 1)
        scores = torch.einsum("bihk,bjhk->bhij", q, k) * scale
        scores = scores.masked_fill(future, -torch.inf)
        pattern = output.attentions[layer]
        assert torch.allclose(scores.softmax(-1), pattern, atol=1e-6)
        W_O = block.attn.c_proj.weight.detach().reshape(H, K, config.n_embd)
        result = torch.einsum("bthk,hkd->bthd", z, W_O)
        assert torch.allclose(result.sum(2) + block.attn.c_proj.bias, found[at + "hook_attn_out"], atol=1e-5)
        for name, tensor in {"q": q, "k": k, "v": v, "z": z, "attn_scores": scores, "pattern": pattern, "result": result}.items():
            found[f"{at}attn.hook_{name}"] = tensor
    normalise("ln_final", found.pop("resid_final"))
    return {name: tensor.detach() for name, tensor in found.items()}


def folded_qk(model, layer):
    """W_Q, b_Q, W_K, b_K whose input is hook_x: gain and bias folded in, then centred over their rows."""
    block, D = model.transformer.h[layer], model.config.n_embd
    W, b = block.attn.c_attn.weight.detach(), block.attn.c_attn.bias.detach()
    gain, bias = block.ln_1.weight.detach(), block.ln_1.bias.detach()
    maps = {}
    for name, columns in {"Q": slice(0, D), "K": slice(D, 2 * D)}.items():
        folded = gain[:, None] * W[:, columns]
        maps["W_" + name] = folded - folded.mean(0, keepdim=True)
        maps["b_" + name] = b[columns] + bias @ W[:, columns]
    return maps
