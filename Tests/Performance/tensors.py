#!/usr/bin/env python3
"""How long 64 MiB of float32 take from the daemon to a client: in sealed memory, in a file, and (a sixty-fourth of them) as JSON.

    tensors.py BIN_DIR MODEL [--rounds 5]

MODEL is the folder of a GPT-2 with eight heads or more and a context of 1024: patterns and scores of eight heads are 64 MiB. They are
asked for once, so that the daemon has them, and then again, so that what is timed is neither model nor tokenizer. A round ends when the
client has added up every page. Prints one JSON line per way, the best of the rounds; ends with status 1 if memory takes more than 100 ms.
Python's standard library only.
"""
import argparse
import json
import mmap
import os
import socket
import subprocess
import sys
import tempfile
import time

BAR_MS = 100


class Client:
    """a connection whose replies may bring descriptors"""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        while self.socket.connect_ex(path):
            time.sleep(0.01)

    def call(self, method, **params):
        self.socket.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n")
        line, descriptors = bytearray(), []
        while not line.endswith(b"\n"):
            data, found, _, _ = socket.recv_fds(self.socket, 1 << 16, 4)
            if not data:
                sys.exit("the daemon is gone")
            line += data
            descriptors += found
        reply = json.loads(line)
        if "error" in reply:
            sys.exit(reply["error"]["message"])
        return reply["result"], descriptors


def touched(descriptor):
    """maps safetensors, reads its header and one number of every page; the bytes there are"""
    with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as memory:
        length = int.from_bytes(memory[:8], "little")
        header = json.loads(memory[8:8 + length])
        assert set(header) == {"blocks.0.attn.hook_pattern", "blocks.0.attn.hook_attn_scores"}, header
        sum(memory[::4096])
        return len(memory)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        arguments = ["--socket", f"{home}/rpc.sock", "--state-directory", f"{home}/state"]
        daemon = subprocess.Popen([f"{options.programs}/qklensd", *arguments])
        try:
            client = Client(f"{home}/rpc.sock")
            client.call("models.load", path=os.path.abspath(options.model), name="wide")
            tokens = [n % 500 + 1 for n in range(1024)]
            best = {}

            def measure(way, call):
                start = time.perf_counter()
                count = call()
                took = (time.perf_counter() - start) * 1000
                if way not in best or took < best[way][0]:
                    best[way] = (took, count)

            def ask(tokens, **params):
                return client.call("attention.pattern", model="wide", tokens=tokens, prepend_bos=False, layer=0, **params)

            def memory():
                _, descriptors = ask(tokens, heads=list(range(8)), tensors="memfd")
                try:
                    return touched(descriptors[0])
                finally:
                    os.close(descriptors[0])

            def file():
                path = f"{home}/out.safetensors"
                ask(tokens, heads=list(range(8)), tensors="file", path=path)
                with open(path, "rb") as opened:
                    count = touched(opened.fileno())
                os.unlink(path)
                return count

            def lists():
                result, _ = ask(tokens[:128], heads=list(range(8)))
                return sum(len(row) for head in result["heads"] for rows in (head["pattern"], head["attn_scores"]) for row in rows) * 4

            memory()
            for _ in range(options.rounds):
                measure("memfd", memory)
                measure("file", file)
                measure("json", lists)
            for way, (took, count) in best.items():
                print(json.dumps({"way": way, "ms": round(took, 1), "bytes": count}))
            sys.exit(best["memfd"][0] > BAR_MS)
        finally:
            daemon.terminate()
            daemon.wait()


main()
