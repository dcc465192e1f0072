#!/usr/bin/env python3
"""How quickly the daemon answers lookups in a map of a million entries, and how long it takes to start beside a hundred maps.

    lookup.py BIN_DIR [--entries 1000000] [--maps 100] [--rounds 5]

Writes the maps with `qklens-bench lookups`, starts a daemon on them, and prints one JSON line per figure, the best of the rounds each.
Ends with status 1 if a bar is missed: one lookup at a time p50 100 us and p99 500 us, 20,000 lookups a second over one connection when
they are pipelined or sent as batches, 50 ms more to start with than without the maps. Python's standard library only.
"""
import argparse
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

FEATURES = 2400
BARS = {"p50_us": 100, "p99_us": 500, "per_s": 20_000, "start_ms": 50}


class Daemon:
    """a daemon on a state directory; .start_ms is what it says of its own start"""

    def __init__(self, programs, home, state):
        self.path, self.log = f"{home}/rpc.sock", open(f"{home}/log", "w+")
        self.process = subprocess.Popen([f"{programs}/qklensd", "--socket", self.path, "--state-directory", state], stderr=self.log)
        while not (ready := re.search(r"after ([0-9.]+) ms", self.output())):
            if self.process.poll() is not None:
                sys.exit(self.output())
            time.sleep(0.005)
        self.start_ms = float(ready[1])

    def output(self):
        with open(self.log.name) as file:
            return file.read()

    def end(self):
        self.process.terminate()
        self.process.wait()


def request(number, query, key):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "pairs.lookup",
                       "params": {"map": "m1", "query_feature": query, "key_feature": key}}).encode()


def random_requests(count, generator):
    return [request(number, generator.randrange(FEATURES), generator.randrange(FEATURES)) for number in range(count)]


def one_at_a_time(path, requests):
    connection, times = socket.socket(socket.AF_UNIX), []
    connection.connect(path)
    lines = [line + b"\n" for line in requests]
    for line in lines:
        start = time.perf_counter()
        connection.sendall(line)
        reply = connection.recv(1 << 16)
        while not reply.endswith(b"\n"):
            reply += connection.recv(1 << 16)
        times.append(time.perf_counter() - start)
    times.sort()
    return 1e6 * times[len(times) // 2], 1e6 * times[int(len(times) * 0.99)]


def throughput(path, messages, replies, window):
    """messages a second: no more than `window` of them wait for their reply; all of them must be answered without an error"""
    connection, sent, seen, start = socket.socket(socket.AF_UNIX), 0, 0, time.perf_counter()
    connection.connect(path)
    while seen < len(messages):
        free = min(window - (sent - seen), len(messages) - sent)
        if free >= window // 2 or (free and sent + free == len(messages)):
            connection.sendall(b"\n".join(messages[sent:sent + free]) + b"\n")
            sent += free
        data = connection.recv(1 << 20)
        if b'"error"' in data:
            sys.exit(data[:1000])
        seen += data.count(b"\n")
    return replies / (time.perf_counter() - start)


def figures(path, count, generator):
    p50, p99 = one_at_a_time(path, random_requests(count // 4, generator))
    single = random_requests(count, generator)
    batches = [b"[" + b",".join(single[first:first + 500]) + b"]" for first in range(0, count, 500)]
    columns = [json.dumps({"jsonrpc": "2.0", "id": first, "method": "pairs.lookup_batch", "params": {
        "map": "m1", "pairs": [[generator.randrange(FEATURES), generator.randrange(FEATURES)] for _ in range(10_000)]}}).encode()
        for first in range(0, count, 10_000)]
    return {"one at a time": {"p50_us": p50, "p99_us": p99},
            "pipelined": {"per_s": throughput(path, single, count, 256)},
            "batches of 500": {"per_s": throughput(path, batches, count, 2)},
            "pairs.lookup_batch of 10000": {"per_s": throughput(path, columns, len(columns) * 10_000, 2)}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--maps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=20_000, help="lookups of each kind in a round")
    a = parser.parse_args()
    generator, best, starts = random.Random(1), {}, {"none": [], "many": []}
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        subprocess.run([f"{a.directory}/qklens-bench", "lookups", "--directory", f"{home}/many", "--entries", str(a.entries),
                        "--others", str(a.maps - 1)], check=True)
        print(json.dumps({"what": "writing", "seconds": round(time.perf_counter() - start, 1)}), flush=True)
        for _ in range(a.rounds):
            for name in starts:
                daemon = Daemon(a.directory, home, f"{home}/{name}")
                try:
                    starts[name].append(daemon.start_ms)
                    if name == "many":
                        for what, found in figures(daemon.path, a.count, generator).items():
                            for unit, value in found.items():
                                choose = max if unit == "per_s" else min
                                old = best.setdefault(what, {}).get(unit, value)
                                best[what][unit] = choose(old, value)
                finally:
                    daemon.end()
    best[f"start with {a.maps} maps, more than with none"] = {"start_ms": min(starts["many"]) - min(starts["none"])}
    missed = False
    for what, found in best.items():
        print(json.dumps({"what": what} | {unit: round(value, 1) for unit, value in found.items()}))
        for unit, value in found.items():
            missed |= value < BARS[unit] if unit == "per_s" else value > BARS[unit]
    sys.exit("a bar is missed" if missed else 0)


if __name__ == "__main__":
    main()
