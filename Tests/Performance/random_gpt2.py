"""Writes a model directory of GPT-2 small's shape with random weights, and the embedded model's tokenizer: for speed, not for sense.

    random_gpt2.py EMBEDDED_MODEL DIRECTORY

Python's standard library only; the weights follow GPT-2's initialisation, normal with standard deviation 0.02.
"""
import array
import json
import os
import random
import shutil
import struct
import sys

embedded, directory = sys.argv[1:]
D, M, V, T, LAYERS = 768, 3072, 50257, 1024, 12
os.makedirs(directory, exist_ok=True)
for name in ("vocab.json", "merges.txt"):
    shutil.copy(f"{embedded}/{name}", directory)
vocab = json.load(open(f"{directory}/vocab.json"))
json.dump({"model_type": "gpt2", "n_embd": D, "n_layer": LAYERS, "n_head": 12, "n_positions": T, "vocab_size": V,
           "bos_token_id": vocab["<|endoftext|>"]}, open(f"{directory}/config.json", "w"))
shapes = {"wte.weight": [V, D], "wpe.weight": [T, D], "ln_f.weight": [D], "ln_f.bias": [D]}
for layer in range(LAYERS):
    for name, shape in {"ln_1.weight": [D], "ln_1.bias": [D], "ln_2.weight": [D], "ln_2.bias": [D],
                        "attn.c_attn.weight": [D, 3 * D], "attn.c_attn.bias": [3 * D], "attn.c_proj.weight": [D, D],
                        "attn.c_proj.bias": [D], "mlp.c_fc.weight": [D, M], "mlp.c_fc.bias": [M],
                        "mlp.c_proj.weight": [M, D], "mlp.c_proj.bias": [D]}.items():
        shapes[f"h.{layer}.{name}"] = shape
# A block of normal numbers, read from another place for each tensor: as good as fresh ones for timing, and a minute faster.
generator = random.Random(0)
block = array.array("f", (generator.gauss(0, 0.02) for _ in range(1_000_003)))
header, offset = {}, 0
for name, shape in shapes.items():
    count = 1
    for extent in shape:
        count *= extent
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + 4 * count]}
    offset += 4 * count
text = json.dumps(header).encode()
with open(f"{directory}/model.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    for name, shape in shapes.items():
        count = (header[name]["data_offsets"][1] - header[name]["data_offsets"][0]) // 4
        if "ln_" in name:
            file.write(array.array("f", [1.0 if name.endswith("weight") else 0.0]) .tobytes() * count)
            continue
        start = generator.randrange(len(block))
        while count > 0:
            part = block[start:start + count]
            file.write(part.tobytes())
            count, start = count - len(part), 0
