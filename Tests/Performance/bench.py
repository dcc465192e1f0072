#!/usr/bin/env python3
"""Our kernels beside PyTorch doing the same work, in the same run, and beside what sgemm alone takes.

    bench.py BIN_DIR [--only forward,step,...] [--rounds 3]

Each figure is the median of its rounds; ours and PyTorch's take turns, so that a busy machine slows both. PyTorch and transformers are
installed into a virtual environment under .build, thrown away with it; QKLENS_BENCH_PYTHON names an interpreter that has them already.
Ends with status 1 if a bar is missed. Benches: forward, step, sae, growth, training (from text, through the daemon), caches, mask,
explain (through the daemon).
"""
import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from statistics import median

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CORPUS = f"{ROOT}/Sources/Daemon/Models/demo-4l/corpus.txt"
REFERENCE = f"{ROOT}/Tests/References/qk/qk_reference.py"
PACKAGES = ["torch==2.13.0", "transformers==5.23.0", "tokenizers", "numpy"]
# Where OpenBLAS does not know the processor it takes slow kernels; the daemon corrects that at its start, this does the same here.
ENVIRONMENT = dict(os.environ)
missed = []


def interpreter():
    if "QKLENS_BENCH_PYTHON" in os.environ:
        return os.environ["QKLENS_BENCH_PYTHON"]
    directory = f"{ROOT}/.build/bench-python"
    if not os.path.exists(f"{directory}/done"):
        subprocess.run([sys.executable, "-m", "venv", directory], check=True)
        subprocess.run([f"{directory}/bin/pip", "install", "--quiet", *PACKAGES], check=True)
        open(f"{directory}/done", "w").close()
    return f"{directory}/bin/python"


def lines(command):
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def ours(directory, *arguments):
    return {line["what"]: line for line in lines([f"{directory}/qklens-bench", *map(str, arguments)])}


def show(what, ours, theirs, unit, ratio, bar, at_least=True):
    ok = ratio >= bar if at_least else ratio <= bar
    sign = ">=" if at_least else "<="
    print(f"{what:<46} {ours:>10.1f} {theirs:>10.1f} {unit:<9} {ratio:>6.2f}  {sign} {bar:<5} {'' if ok else 'MISSED'}", flush=True)
    if not ok:
        missed.append(what)


def rounds(count, *bodies):
    """the results of each body, which take turns"""
    results = [[] for _ in bodies]
    for _ in range(count):
        for body, result in zip(bodies, results):
            result.append(body())
    return results


def forward(a, python):
    mine, peers = rounds(a.rounds, lambda: ours(a.directory, "forward"),
                         lambda: {l["what"]: l for l in lines([python, f"{HERE}/peer_speed.py", "forward"])})
    for size, bar in (("8x256", 2), ("1x16", 2)):
        t, p = median(m[f"forward {size}"]["seconds"] for m in mine), median(p[f"forward {size}"]["seconds"] for p in peers)
        show(f"forward {size}, ms: ours, transformers", 1e3 * t, 1e3 * p, "ms", p / t, bar)
    t = median(m["forward 8x256"]["seconds"] for m in mine)
    g = median(m["sgemm of forward 8x256"]["seconds"] for m in mine)
    show("forward 8x256 against its products alone, ms", 1e3 * t, 1e3 * g, "ms", g / t, 0.8)


def step(a, python):
    peer = [python, REFERENCE, "speed", "--d_model", "768", "--n_heads", "12", "--d_sae", "2400"]
    mine, sparse, dense = rounds(a.rounds, lambda: ours(a.directory, "step"), lambda: lines(peer)[0],
                                 lambda: lines(peer + ["--active", "0"])[0])
    figures = {name: median(next(l for w, l in m.items() if w.startswith(name))["seconds"] for m in mine)
               for name in ("step sparse", "step dense", "two encoder products")}
    for name, peers, bar in (("step sparse", sparse, 5), ("step dense", dense, 2)):
        seconds = median(p["seconds"] for p in peers)
        show(f"{name}, tokens/s: ours, PyTorch", 2048 / figures[name], 2048 / seconds, "tokens/s", seconds / figures[name], bar)
    encoders = figures["two encoder products"]
    show("step sparse against its encoders' sgemm, ms", 1e3 * figures["step sparse"], 1e3 * encoders, "ms",
         figures["step sparse"] / encoders, 3, at_least=False)


def sae(a, python):
    """768 to 24,576 features, 4096 tokens, 18 of them active; ours holds the decoder's rows at unit norm too"""
    mine, peers = rounds(a.rounds, lambda: ours(a.directory, "sae"), lambda: lines([python, f"{HERE}/peer_speed.py", "sae"])[0])
    t = median(next(l for w, l in m.items() if w.startswith("sae step"))["seconds"] for m in mine)
    g = median(next(l for w, l in m.items() if w.startswith("encoder product"))["seconds"] for m in mine)
    p = median(l["seconds"] for l in peers)
    show("sae step, tokens/s: ours, PyTorch", 4096 / t, 4096 / p, "tokens/s", p / t, 8)
    show("sae step against its encoder's sgemm, ms", 1e3 * t, 1e3 * g, "ms", t / g, 2, at_least=False)


def growth(a, _):
    small, large = rounds(a.rounds, lambda: ours(a.directory, "step", "--sparse-only", "--runs", 4),
                          lambda: ours(a.directory, "step", "--sparse-only", "--runs", 4, "--d_sae", 9600))
    t = [median(next(l for w, l in m.items() if w.startswith("step sparse"))["seconds"] for m in ms) for ms in (small, large)]
    g = [median(next(l for w, l in m.items() if w.startswith("two encoder"))["seconds"] for m in ms) for ms in (small, large)]
    show("d_sae 2400 to 9600: step, encoders, times", t[1] / t[0], g[1] / g[0], "times", (t[1] / t[0]) / (g[1] / g[0]), 1.05,
         at_least=False)


def caches(a, _):
    with tempfile.TemporaryDirectory() as home:
        mine = [ours(a.directory, "caches", "--directory", home, "--contexts", 512) for _ in range(a.rounds)]
    for element in ("float16", "float32"):
        read, write = (median(next(l for w, l in m.items() if w.startswith(f"cache {what} {element}"))["gigabytes_per_second"] for m in mine)
                       for what in ("read", "write"))
        show(f"cache {element}: shuffled reading, writing, GB/s", read, write, "GB/s", read, 1)


@contextlib.contextmanager
def daemon_with_gpt2(a):
    """a connection to a daemon of its own that has loaded random weights of GPT-2 small's shape as `gpt2`"""
    sys.path.insert(0, HERE)
    from latency import Connection
    with tempfile.TemporaryDirectory() as home:
        model = f"{home}/gpt2"
        subprocess.run([sys.executable, f"{HERE}/random_gpt2.py", f"{ROOT}/Sources/Daemon/Models/demo-4l", model], check=True)
        daemon = subprocess.Popen([f"{a.directory}/qklensd", "--socket", f"{home}/rpc.sock", "--state-directory", f"{home}/state"],
                                  stderr=subprocess.DEVNULL)
        try:
            connection = Connection(f"{home}/rpc.sock")
            connection.call("models.load", path=model, name="gpt2")
            yield connection
        finally:
            daemon.terminate()
            daemon.wait()


def training(a, _):
    """all through the daemon: text, forward pass, steps; on random weights of GPT-2 small's shape"""
    with daemon_with_gpt2(a) as connection:
        def rate(layers, steps):
            # BatchTopK: as sparse from the first step as a trained dictionary is at the end.
            job = connection.call("dictionaries.train", model="gpt2", corpus=CORPUS, layers=layers, d_sae_query=[2400],
                                  preset="recommended", batch_sequences=8, context=256, steps=steps, held_out_contexts=1)["job"]["job"]
            # From the third step on: the first ones make room.
            seen = None
            while True:
                found = connection.call("jobs.get", job=job)
                progress, now = found.get("progress", {}), time.perf_counter()
                step = progress.get("step", 0) if progress.get("stage") == "transcoders" else 0
                if found["state"] not in ("queued", "running"):
                    sys.exit(f"the training ended early: {found}")
                if seen is None and step >= 3:
                    seen = step, now
                if step >= steps - 2:
                    connection.call("jobs.cancel", job=job)
                    return (step - seen[0]) * 2048 / (now - seen[1])
                time.sleep(0.01)

        forward, one, twelve = rounds(a.rounds, lambda: ours(a.directory, "forward", "--only", "8x256"),
                                      lambda: rate([10], 24), lambda: rate(list(range(12)), 14))
    prefix, whole = (median(2048 / f[name]["seconds"] for f in forward) for name in ("forward 8x256 to layer 10", "forward 8x256"))
    show("training layer 10 from text, tokens/s, forward", median(one), prefix, "tokens/s", median(one) / prefix, 0.85)
    show("all twelve layers in one pass, times a pass", whole / median(twelve), 1, "passes", whole / median(twelve), 2.5, at_least=False)


def mask(a, python):
    command = [f"{a.directory}/qklens-bench", "mask"]
    mine, peers = rounds(a.rounds, lambda: ours(a.directory, "mask"), lambda: lines([python, f"{HERE}/peer_speed.py", "mask"])[0])
    t, p = median(next(iter(m.values()))["seconds"] for m in mine), median(l["seconds"] for l in peers)
    show("mask step, tokens/s: ours, PyTorch dense", 2048 / t, 2048 / p, "tokens/s", p / t, 10)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    peak = os.wait4(process.pid, 0)[2].ru_maxrss / 2**20
    process.returncode = 0
    show("mask step at 48,000,000 entries, peak memory", peak, 1.5, "GiB", peak / 1.5, 1, at_least=False)


def explain(a, _):
    """20 tokens at layer 10 of GPT-2 small's shape, 16 features a token: prompts not seen before, then one again and again"""
    with daemon_with_gpt2(a) as connection:
        job = connection.call("dictionaries.train", model="gpt2", corpus=CORPUS, layers=[10], d_sae_query=[2400], activation="topk",
                              k=16, steps=2, context=256, batch_sequences=4, held_out_contexts=1)["job"]["job"]
        dictionary = connection.call("jobs.wait", job=job)["result"]["dictionary"]
        times = {"cold": [], "warm": []}
        for number in range(100):
            for name in times:
                tokens = [(number * 997 + place * 31) % 1000 + 5 for place in range(19)]
                start = time.perf_counter()
                connection.call("attention.explain", dictionary=dictionary, tokens=tokens, head=number % 12)
                times[name].append(time.perf_counter() - start)
    for name, bar in (("cold", 60), ("warm", 3)):
        middle = 1e3 * median(times[name])
        show(f"explain 20 tokens at layer 10, {name}, p50", middle, bar, "ms", middle / bar, 1, at_least=False)


BENCHES = {"forward": forward, "step": step, "sae": sae, "growth": growth, "training": training, "caches": caches, "mask": mask, "explain": explain}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--only", default=",".join(BENCHES))
    parser.add_argument("--rounds", type=int, default=3)
    a = parser.parse_args()
    core = lines([f"{a.directory}/qklens-bench", "environment"])[0]
    if core.get("better_core_type"):
        ENVIRONMENT["OPENBLAS_CORETYPE"] = core["better_core_type"]
    python = interpreter()
    print(f"{'':<46} {'ours':>10} {'other':>10} {'':<9} {'ratio':>6}  bar")
    for name in a.only.split(","):
        BENCHES[name](a, python)
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


main()
