"""A daemon of a bench's own, asked through the command."""
import json
import os
import subprocess
import sys
import time


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
