"""Makes Tests/DictionariesTests/Fixtures/step.f64 from the reference trainer's dump of one small training step in float64.

    python dump_fixture.py          # torch 2.13.0, safetensors 0.8.0, numpy

The file is one line of JSON, {"name": [offset, count], ...} in elements, then the elements as little-endian doubles.
"""
import json, pathlib, subprocess, sys, tempfile
import numpy as np
from safetensors.numpy import load_file

here = pathlib.Path(__file__).parent
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, here / "qk_reference.py", "dump", "--out", folder], check=True)
    tensors = load_file(f"{folder}/step.safetensors")
index, parts, offset = {}, [], 0
for name in sorted(tensors):
    values = tensors[name].ravel().astype("<f8")
    index[name] = [offset, len(values)]
    parts.append(values)
    offset += len(values)
target = here.parents[1] / "DictionariesTests" / "Fixtures" / "step.f64"
target.write_bytes(json.dumps(index).encode() + b"\n" + np.concatenate(parts).tobytes())
