#!/usr/bin/env python3
"""Whether the pairs named for a head are what its part in a task rests on, in the embedded model.

    causal.py BIN_DIR [--layers 0,1,2,3] [--seed 0]

Finds the heads whose removal lowers the logit difference of the model's own indirect-object prompts by at least 1, trains a dictionary and
a map with the default settings for each of their layers, has the head's pairs named on one half of the prompts, and removes them on the
other half. Ends with status 1 if one of the heads misses the bar: removing the ten pairs named lowers the logit difference by at least half
as much as removing all pairs of the head, while ten random pairs of equal strength never do; and if the head looks at names, the first
pair's key feature fires on names. What a head's last token attends to BOS is told beside: many pairs hold such a look up together. Python's
standard library only; about a minute for each such layer.
"""
import argparse
import sys
import tempfile
import time

from daemon import Daemon

TASK, PROMPTS, TOP = "indirect_object", 200, 10


def examine(daemon, layer, heads, prompts, seed):
    """the heads of one layer that miss the bar"""
    names = {name for prompt in prompts for name in [prompt["answer"], *prompt["wrong"]]}
    chosen, others = prompts[:len(prompts) // 2], prompts[len(prompts) // 2:]
    dictionary = daemon.run("dictionaries.train", layers=[layer], seeds=[seed])["dictionary"]
    found = daemon.run("maps.train", dictionary=dictionary, seed=seed + 1)["map"]
    missed = []
    for head in heads:
        start = time.perf_counter()
        report = daemon.call("interventions.rank", map=found, heads=[head], prompts=chosen, top=TOP)["heads"][0]
        seconds = time.perf_counter() - start
        # What the head attends to names, from the last token: its wrong answers' places and its right one's.
        looks = sum(daemon.call("interventions.rank", map=found, heads=[head], prompts=chosen, top=1, by="effect", source=source,
                                control={"draws": 1})["heads"][0]["attention"] for source in ("answer", "wrong"))
        on_bos = sum(daemon.call("attention.pattern", text=p["text"], layer=layer, heads=[head])["heads"][0]["pattern"][-1][0]
                     for p in chosen[:20]) / 20
        pairs = [{"target": "pair", "query_feature": p["query_feature"], "key_feature": p["key_feature"], "heads": [head]}
                 for p in report["pairs"]]
        whole = daemon.call("interventions.run", map=found, prompts=others, edits=[{"target": "all_pairs", "heads": [head]}])["drop"]
        fires = [token["piece"] for token in report["pairs"][0]["key_tokens"]]
        print(f"head {layer}.{head}: attends {looks:.2f} to names, {on_bos:.2f} to BOS; first key fires on {fires}; ten pairs named in {seconds:.1f} s on "
              f"{len(chosen)} prompts; on {len(others)} others all pairs take {whole:.3f}, and", flush=True)
        for strength in ("expected_contribution", "contribution"):
            done = daemon.call("interventions.run", map=found, prompts=others, edits=pairs,
                               control={"draws": 20, "seed": seed, "strength": strength})
            control = done["control"]
            ok = (done["drop"] >= whole / 2 and control["drop_max"] < whole / 2
                  and (looks < 0.5 or all(piece in names for piece in fires)))
            missed += [] if ok else [f"{layer}.{head}"]
            print(f"    the ten {done['drop']:.3f} ({done['drop'] / whole:.0%}); random ones {control['drop']:.3f} ± "
                  f"{control['drop_sd']:.3f}, at most {control['drop_max']:.3f} ({strength} {control['strength']:.3f} for "
                  f"{control['strength_chosen']:.3f}){'' if ok else '  MISSED'}", flush=True)
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
            found = daemon.call("tasks.run", task=TASK, count=PROMPTS, include_prompts=True)["by_prompt"]
            prompts = [{"text": p["text"], "answer": p["answer"], "wrong": p["wrong"]} for p in found]
            for layer in map(int, a.layers.split(",")):
                drops = {}
                for head in range(daemon.call("models.get", model="demo-4l")["n_heads"]):
                    edits = [{"target": "head", "layer": layer, "heads": [head]}]
                    drops[head] = daemon.call("interventions.run", edits=edits, task=TASK, count=PROMPTS)["drop"]
                print(f"layer {layer}: without a head the logit difference falls by",
                      ", ".join(f"{layer}.{head} {drop:.3f}" for head, drop in drops.items()), flush=True)
                heads = [head for head, drop in drops.items() if drop >= 1]
                if heads:
                    missed += examine(daemon, layer, heads, prompts, a.seed)
        finally:
            daemon.process.terminate()
            daemon.process.wait()
    if missed:
        sys.exit("missed by head " + ", ".join(sorted(set(missed))))


main()
