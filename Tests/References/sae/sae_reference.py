"""PyTorch reference of sparse autoencoders on the concatenated z of an attention layer.

Plain and slow on purpose: an oracle for numbers, and the peer that quality is compared with.

    python sae_reference.py fixture                          # Tests/DictionariesTests/Fixtures/autoencoder.f64, in float64
    python sae_reference.py train MODEL_DIR CORPUS.txt --layers 0,1,2,3 --activation batchtopk --k 8 --steps 600 --batch 8
    python sae_reference.py train MODEL_DIR CORPUS.txt --layers 1 --activation relu --lam 0.3 --lr 1.2e-3 --beta2 0.9999

Written for torch 2.13.0, transformers 5.23.0, tokenizers, numpy.
"""
import argparse, json, math, pathlib, sys, time
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "qk"))
from qk_reference import contexts, load


class SAE(torch.nn.Module):
    def __init__(self, d, n, tied=True, mean=None):
        super().__init__()
        P = torch.nn.Parameter
        self.W_dec = P(torch.nn.init.kaiming_uniform_(torch.empty(n, d)))
        self.normalise()
        self.W_enc = P(self.W_dec.data.T.clone() if tied else torch.nn.init.kaiming_uniform_(torch.empty(d, n)))
        self.b_enc, self.b_dec = P(torch.zeros(n)), P(torch.zeros(d) if mean is None else mean.clone())

    @torch.no_grad()
    def normalise(self):
        self.W_dec /= self.W_dec.norm(dim=1, keepdim=True)

    @torch.no_grad()
    def project(self):
        """takes what is parallel to the rows out of their gradients"""
        self.W_dec.grad -= (self.W_dec.grad * self.W_dec).sum(1, keepdim=True) * self.W_dec

    def pre(self, z):
        return (z - self.b_dec) @ self.W_enc + self.b_enc

    def decode(self, f):
        return f @ self.W_dec + self.b_dec


def batchtopk(pre, k, floor=0.):
    """the k·N largest; a floor below which none of them is expected makes the search short, and changes nothing"""
    f, n = F.relu(pre).flatten(), k * len(pre)
    candidates = (f > floor).nonzero()[:, 0]
    if len(candidates) < n:
        candidates = torch.arange(len(f))
    kept = torch.zeros_like(f)
    top = candidates[f[candidates].topk(n).indices]
    kept[top] = f[top]
    return kept.view_as(pre)


def topk(pre, k):
    value, place = F.relu(pre).topk(k, dim=-1)
    return torch.zeros_like(pre).scatter(-1, place, value)


class Jump(torch.autograd.Function):
    """z H(z - theta) and H(z - theta) with the rectangle's straight-through gradients at theta (Rajamanoharan et al. 2024)"""
    @staticmethod
    def forward(ctx, z, theta, h):
        ctx.save_for_backward(z, theta); ctx.h = h
        on = (z > theta).to(z)
        return z * on, on

    @staticmethod
    def backward(ctx, df, don):
        z, theta = ctx.saved_tensors
        near = ((z - theta).abs() < ctx.h / 2).to(z)
        return df * (z > theta), -(near * (theta * df + don) / ctx.h).sum(0), None


def fixture():
    torch.manual_seed(0); torch.set_default_dtype(torch.float64)
    d, n, N, steps, lam, h = 12, 40, 48, 8, 0.3, 0.2
    z = torch.randn(steps, N, d) @ torch.randn(d, d) / 2 + 0.3
    out = {"z": z}
    def start(name, mean=None):
        torch.manual_seed(1)
        sae = SAE(d, n, tied=name != "relu", mean=torch.randn(d) / 9)
        with torch.no_grad(): sae.b_enc += torch.randn(n) / 9
        for w, v in sae.named_parameters(): out[f"{name}.{w}"] = (v.T if w == "W_enc" else v).detach().clone()
        return sae
    def run(name, loss, opt_parameters=(), lr=1e-3):
        sae = start(name); losses = []
        opt = torch.optim.Adam([*sae.parameters(), *opt_parameters], lr=lr, betas=(0., .9999))
        for s in range(steps):
            value = loss(sae, z[s]); opt.zero_grad(); value.backward(); losses.append(value.detach())
            if s == 0:
                for w, v in sae.named_parameters(): out[f"{name}.{w}.grad"] = (v.grad.T if w == "W_enc" else v.grad).clone()
                for p in opt_parameters: out[f"{name}.log_threshold.grad"] = p.grad.clone()
            sae.project(); opt.step(); sae.normalise()
        for w, v in sae.named_parameters(): out[f"{name}.{w}.end"] = (v.T if w == "W_enc" else v).detach().clone()
        out[f"{name}.losses"] = torch.stack(losses)
    mse = lambda sae, f, z: ((sae.decode(f) - z) ** 2).sum(-1).mean()
    def relu(sae, z):
        f = F.relu(sae.pre(z)); return mse(sae, f, z) + lam * f.sum(-1).mean()
    run("relu", relu)
    run("topk", lambda sae, z: mse(sae, topk(sae.pre(z), 4), z))
    run("batchtopk", lambda sae, z: mse(sae, batchtopk(sae.pre(z), 4), z))
    log_threshold = torch.nn.Parameter(torch.full((n,), math.log(0.25)))
    def jump(sae, z):
        f, on = Jump.apply(F.relu(sae.pre(z)), log_threshold.exp(), h); return mse(sae, f, z) + lam * on.sum(-1).mean()
    run("jumprelu", jump, [log_threshold])
    out["jumprelu.log_threshold.end"] = log_threshold.detach().clone()
    index, parts, offset = {}, [], 0
    for name in sorted(out):
        values = out[name].detach().contiguous().numpy().ravel().astype("<f8")
        index[name] = [offset, len(values)]; parts.append(values.tobytes()); offset += len(values)
    target = pathlib.Path(__file__).parents[2] / "DictionariesTests" / "Fixtures" / "autoencoder.f64"
    target.write_bytes(json.dumps(index).encode() + b"\n" + b"".join(parts))


def z_of(model, layer, ids):
    got = {}
    hook = model.transformer.h[layer].attn.c_proj.register_forward_pre_hook(lambda _, i: got.__setitem__("z", i[0]))
    with torch.no_grad(): model.transformer(ids)
    hook.remove()
    return got["z"]


def nll_with(model, layer, ids, change):
    hook = model.transformer.h[layer].attn.c_proj.register_forward_pre_hook(lambda _, i: (change(i[0]),))
    with torch.no_grad(): logits = model(ids).logits
    hook.remove()
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten()).item()


def train(a, layer, model, held, ids):
    started, T = time.perf_counter(), ids.shape[1]
    torch.manual_seed(a.seed); d = model.config.n_embd
    sae = SAE(d, a.d_sae, tied=a.activation != "relu", mean=z_of(model, layer, ids[:64]).mean((0, 1)) if a.activation != "relu" else None)
    opt = torch.optim.Adam(sae.parameters(), lr=a.lr, betas=(0., a.beta2))
    warm = lambda s: min(1, (s + 1) / a.warm_up)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: warm(s) * (min(1., (a.steps - s) / (.2 * a.steps)) if a.decay else 1))
    g, threshold = torch.Generator().manual_seed(a.seed), None
    idle, group = torch.zeros(a.d_sae), 4
    for s in range(a.steps):
        if s % group == 0:                              # tokens of a step are drawn from the contexts of four steps
            pool = z_of(model, layer, ids[torch.randint(0, len(ids), (group * a.batch,), generator=g)]).flatten(0, 1)
            pool = pool[torch.randperm(len(pool), generator=g)]
        z = pool[s % group * a.batch * T:(s % group + 1) * a.batch * T]
        pre = sae.pre(z)
        f = {"relu": lambda: F.relu(pre), "topk": lambda: topk(pre, a.k), "batchtopk": lambda: batchtopk(pre, a.k, .5 * (threshold or 0))}[a.activation]()
        error = sae.decode(f) - z
        loss = (error ** 2).sum(-1).mean() + (a.lam * f.sum(-1).mean() if a.activation == "relu" else 0)
        if a.activation == "batchtopk":
            least = f[f > 0].min().item(); threshold = least if threshold is None else threshold + .01 * (least - threshold)
        dead = idle > 100 * 2048
        if a.activation != "relu" and dead.any():
            fa = topk(pre.masked_fill(~dead, -torch.inf), min(a.auxiliary, int(dead.sum())))
            left = -error.detach()
            loss = loss + ((fa @ sae.W_dec - left) ** 2).sum() / ((z - z.mean(0)) ** 2).sum() / 32
        opt.zero_grad(); loss.backward(); sae.project(); opt.step(); sae.normalise(); sched.step()
        idle = torch.where((f > 0).any(0), 0, idle + len(z))
    gate = {"relu": F.relu, "topk": lambda p: topk(p, a.k), "batchtopk": lambda p: p * (p > (threshold or 0))}[a.activation]
    with torch.no_grad():
        z = z_of(model, layer, held).flatten(0, 1); f = gate(sae.pre(z)); error = ((sae.decode(f) - z) ** 2).sum()
        ce, zero, new = (nll_with(model, layer, held, c) for c in (lambda z: z, torch.zeros_like, lambda z: sae.decode(gate(sae.pre(z)))))
    print(json.dumps({"layer": layer, "L0": (f > 0).float().sum(-1).mean().item(), "CE": ce, "CE_zero": zero, "CE_sae": new,
                      "CE_recovered": (zero - new) / (zero - ce), "live": int((f > 0).any(0).sum()),
                      "explained_variance": (1 - error / ((z - z.mean(0)) ** 2).sum()).item(),
                      "seconds": time.perf_counter() - started, "torch": torch.__version__}), flush=True)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=["fixture", "train"]); p.add_argument("model", nargs="?"); p.add_argument("corpus", nargs="?")
    for n, t, v in [("layers", str, "1"), ("d_sae", int, 1024), ("steps", int, 1500), ("batch", int, 16), ("k", int, 8), ("lam", float, .3), ("lr", float, 3e-3),
                    ("beta2", float, .999), ("warm_up", int, 100), ("decay", int, 1), ("auxiliary", int, 64), ("seed", int, 0), ("threads", int, 1), ("activation", str, "batchtopk")]:
        p.add_argument("--" + n, type=t, default=v)
    a = p.parse_args(); torch.set_num_threads(a.threads)
    if a.what == "fixture":
        fixture(); sys.exit()
    model, tok = load(a.model)
    ids = contexts(tok, a.corpus, min(128, model.config.n_positions), model.config.bos_token_id)
    for layer in map(int, a.layers.split(",")):
        train(a, layer, model, ids[:64], ids[64:])
