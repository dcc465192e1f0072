#!/usr/bin/env python3
"""Whether the pairs named for a head are what its part in a task rests on, in the embedded model.

    causal.py BIN_DIR [--layers 0,1,2,3] [--seed 0]

Finds the heads whose removal lowers the logit difference of the model's own indirect-object prompts by at least 1, trains a dictionary and
a map with the default settings for each of their layers, ranks the head's pairs, and removes them. Ends with status 1 if for one of the
heads the bar is missed: removing the ten pairs that the report names lowers the logit difference by at least half as much as removing
all pairs of the head, while ten random pairs of equal strength do not; and the strongest pair's key feature fires on names.
Python's standard library only; about a minute for each layer.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

TASK, PROMPTS, TOP = "indirect_object", 200, 10


class Daemon:
    def __init__(self, directory, home):
        self.directory, self.environment = directory, {**os.environ, "QKLENS_SOCKET": f"{home}/rpc.sock"}
        self.process = subprocess.Popen(
            [f"{directory}/qklensd", "--state-directory", f"{home}/state"], env=self.environment, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if subprocess.run([f"{directory}/qklens", "system", "ping"], env=self.environment, capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        sys.exit("qklensd does not answer")

    def call(self, method, **params):
        done = subprocess.run(
            [f"{self.directory}/qklens", "rpc", method, json.dumps(params)], env=self.environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{method}: {done.stderr or done.stdout}")
        return json.loads(done.stdout)

    def run(self, method, **params):
        job = self.call("jobs.wait", job=self.call(method, **params)["job"]["job"])
        if job["state"] != "finished":
            sys.exit(f"{method}: {job}")
        return job["result"]


def names(daemon):
    """every name that is an answer of the task or a wrong one"""
    prompts = daemon.call("tasks.run", task=TASK, count=PROMPTS, include_prompts=True)["by_prompt"]
    return {name for prompt in prompts for name in [prompt["answer"], *prompt["wrong"]]}


def examine(daemon, layer, heads, known, seed):
    """the heads of one layer that miss the bar"""
    dictionary = daemon.run("dictionaries.train", layers=[layer], seeds=[seed])["dictionary"]
    found = daemon.run("maps.train", dictionary=dictionary, seed=seed + 1)["map"]
    missed = []
    for strength in ("expected_contribution", "contribution"):
        start = time.perf_counter()
        report = daemon.call("interventions.rank", map=found, heads=heads, task=TASK, count=PROMPTS, top=TOP,
                             control={"draws": 20, "seed": seed, "strength": strength})
        seconds = time.perf_counter() - start
        for head in report["heads"]:
            top, whole, control = head["pairs"][-1]["drop_cumulative"], head["drop_all_pairs"], head["control"]
            fires = [token["piece"] for token in head["pairs"][0]["key_tokens"]]
            ok = top >= whole / 2 and control["drop_max"] < whole / 2 and all(piece in known for piece in fires)
            missed += [] if ok else [f"{layer}.{head['head']}"]
            print(f"head {layer}.{head['head']}: drops: head {head['drop_head']:.3f}, all pairs {whole:.3f}, the map's "
                  f"{head['surviving_pairs']} {head['drop_surviving_pairs']:.3f}, top {len(head['pairs'])} {top:.3f} "
                  f"({top / whole:.0%}), random {control['drop']:.3f} ± {control['drop_sd']:.3f}, at most {control['drop_max']:.3f} "
                  f"(by {strength}: {control['strength']:.3f} for {control['strength_chosen']:.3f}); "
                  f"first key fires on {fires}{'' if ok else '; MISSED'} [{seconds:.1f} s]", flush=True)
    return missed


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("bin")
    p.add_argument("--layers", default="0,1,2,3")
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    missed = []
    with tempfile.TemporaryDirectory() as home:
        daemon = Daemon(a.bin, home)
        try:
            known = names(daemon)
            for layer in map(int, a.layers.split(",")):
                drops = {}
                for head in range(daemon.call("models.get", model="demo-4l")["n_heads"]):
                    edits = [{"target": "head", "layer": layer, "heads": [head]}]
                    drops[head] = daemon.call("interventions.run", edits=edits, task=TASK, count=PROMPTS)["drop"]
                print(f"layer {layer}: without a head the logit difference falls by",
                      ", ".join(f"{layer}.{head} {drop:.3f}" for head, drop in drops.items()), flush=True)
                heads = [head for head, drop in drops.items() if drop >= 1]
                if heads:
                    missed += examine(daemon, layer, heads, known, a.seed)
        finally:
            daemon.process.terminate()
            daemon.process.wait()
    if missed:
        sys.exit("missed by head " + ", ".join(sorted(set(missed))))


main()
