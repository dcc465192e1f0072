#!/usr/bin/env python3
"""How quickly the daemon answers while a job trains on all cores, beside how quickly it answers when idle.

    latency.py BIN_DIR [--seconds 20]

Starts a daemon of its own, times `system.ping` (1,000 a second, open loop) and `attention.explain` on one connection each, idle and while
a training runs, and ends with status 1 if ping's p99 is above 10 ms or explain's median more than doubles. Python's standard library only.
"""
import argparse
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROMPT = "When John and Mary went to the store, John gave a drink to"


class Connection:
    def __init__(self, path, patience=20):
        """connects, for so many seconds again and again while the daemon is not there yet"""
        end = time.perf_counter() + patience
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.perf_counter() > end:
                    raise
                time.sleep(0.02)
        self.lines = self.socket.makefile("rb")

    def call(self, method, **params):
        self.socket.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n")
        reply = json.loads(self.lines.readline())
        if "error" in reply:
            sys.exit(f"{method}: {reply['error']}")
        return reply["result"]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def pings(path, seconds, out):
    """open loop: each ping has its time, whether or not the one before it was answered; late answers count from their time"""
    connection, start, sent = Connection(path), time.perf_counter(), []
    request = b'{"jsonrpc":"2.0","id":1,"method":"system.ping"}\n'

    def read():
        for number in range(int(seconds * 1000)):
            connection.lines.readline()
            out.append(time.perf_counter() - (start + number / 1000))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(int(seconds * 1000)):
        delay = start + number / 1000 - time.perf_counter()
        if delay > 0:
            time.sleep(delay)
        connection.socket.sendall(request)
    reader.join()


def explains(path, seconds, dictionary, out):
    connection, end = Connection(path), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        connection.call("attention.explain", text=PROMPT, dictionary=dictionary, head=2)
        out.append(time.perf_counter() - start)


def measure(path, seconds, dictionary):
    ping, explain = [], []
    pings(path, seconds / 2, ping)
    explains(path, seconds / 2, dictionary, explain)
    return ping, explain


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--seconds", type=float, default=20)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        path = f"{home}/rpc.sock"
        daemon = subprocess.Popen([f"{a.directory}/qklensd", "--socket", path, "--state-directory", f"{home}/state"],
                                  stderr=subprocess.DEVNULL)
        try:
            connection = Connection(path)
            job = connection.call("dictionaries.train", layers=[0], steps=300)["job"]["job"]
            dictionary = connection.call("jobs.wait", job=job)["result"]["dictionary"]
            idle = measure(path, a.seconds, dictionary)
            job = connection.call("dictionaries.train", layers=[3], d_sae_query=[8192], steps=1_000_000)["job"]["job"]
            while not connection.call("jobs.get", job=job).get("progress"):
                time.sleep(0.1)
            busy = measure(path, a.seconds, dictionary)
            connection.call("jobs.cancel", job=job)
        finally:
            daemon.terminate()
            daemon.wait()
    for name, (ping, explain) in (("idle", idle), ("training", busy)):
        print(f"{name:>9}: ping p50 {1e3 * percentile(ping, .5):.3f} ms, p99 {1e3 * percentile(ping, .99):.3f} ms; "
              f"explain p50 {1e3 * percentile(explain, .5):.2f} ms, p99 {1e3 * percentile(explain, .99):.2f} ms ({len(explain)} calls)")
    ratio = percentile(busy[1], .5) / percentile(idle[1], .5)
    print(f"explain: {ratio:.2f} times its idle time (bar 2); ping p99 bar 10 ms")
    if percentile(busy[0], .99) > 0.010 or ratio > 2:
        sys.exit("a bar is missed")


if __name__ == "__main__":
    main()
