#!/usr/bin/env python3
"""How quickly a daemon that trains on all cores answers a thousand clients, and whether one of them that does not read slows the others.

    load.py BIN_DIR [--seconds 10] [--rounds 5] [--idle]

Each round pings 1,000 times a second from 1,000 clients (`qklens-bench load`, an open loop), in turns alone, beside a client that asks for
48 MiB of replies and reads none, and beside fifty clients that were stopped (SIGSTOP) in the middle of their own pings. Prints the medians
of the rounds and ends with status 1 if a bar is missed: p50 0.3 ms, p99 10 ms, and p99 beside those who do not read at most a tenth above
p99 without them. Python's standard library only.
"""
import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from daemon import Daemon

CLIENTS, RATE, STOPPED = 1000, 1000, 50
P50_MS, P99_MS, NEIGHBOUR = 0.3, 10, 1.1


def load(directory, path, *options):
    return [f"{directory}/qklens-bench", "load", "--socket", path, *options]


def measure(directory, path, kind, seconds):
    clients, stopped = CLIENTS - 5, None
    options = []
    if kind == "beside a client that never reads":
        options = ["--unread", "48"]
    if kind == "beside stopped clients":
        clients -= STOPPED
        stopped = subprocess.Popen(load(directory, path, "--clients", str(STOPPED), "--rate", "1000", "--seconds", "3600"))
        time.sleep(0.5)
        stopped.send_signal(signal.SIGSTOP)
    try:
        done = subprocess.run(load(directory, path, "--clients", str(clients), "--rate", str(RATE), "--seconds", str(seconds), *options),
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)
    finally:
        if stopped:
            stopped.kill()
            stopped.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", action="store_true", help="without the training")
    a = parser.parse_args()
    kinds = ["alone", "beside a client that never reads", "beside stopped clients"]
    found = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory() as home:
        daemon = Daemon(a.directory, home)
        try:
            if not a.idle:
                job = daemon.call("dictionaries.train", layers=[3], d_sae_query=[8192], steps=1_000_000)["job"]["job"]
                while not daemon.call("jobs.get", job=job).get("progress"):
                    time.sleep(0.1)
            for _ in range(a.rounds):
                for kind in kinds:
                    found[kind].append(measure(a.directory, f"{home}/rpc.sock", kind, a.seconds))
            if not a.idle:
                daemon.call("jobs.cancel", job=job)
        finally:
            daemon.process.terminate()
            daemon.process.wait()
    missed = False
    for kind in kinds:
        median = {name: statistics.median(figures[name] for figures in found[kind]) for name in ("p50_ms", "p99_ms", "max_ms", "sent_p99_ms")}
        if kind == "alone":
            alone = median["p99_ms"]
            missed |= median["p50_ms"] > P50_MS or alone > P99_MS
        missed |= median["p99_ms"] > NEIGHBOUR * alone
        print(json.dumps({"what": f"ping {kind}"} | {name: round(value, 3) for name, value in median.items()}
                         | {"p99_ms_of_rounds": [round(figures["p99_ms"], 3) for figures in found[kind]]}), flush=True)
    sys.exit("a bar is missed" if missed else 0)


if __name__ == "__main__":
    main()
