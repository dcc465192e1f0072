"""Arrays through sealed memory: equal to the lists, without a copy, quick, and readable without numpy."""

from __future__ import annotations

import gc
import json
import os
import random
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import PACKAGE, PROMPT, ROOT, Daemon, hold

from qklens import Client
from qklens.transformer_lens import ActivationCache, act_name

numpy = pytest.importorskip("numpy")
BAR_MS = 100.0
MIB = 1 << 20
PATTERN = "blocks.0.attn.hook_pattern"


def test_memory_a_file_and_lists_hold_the_same_numbers(client: Client, tmp_path: Path) -> None:
    memory = client.attention.pattern(PROMPT, layer=0)
    file = client.attention.pattern(PROMPT, layer=0, path=tmp_path / "x.safetensors")
    lists = client.attention.pattern(PROMPT, layer=0, tensors="json")
    assert memory.heads[0].pattern is None and lists.heads[0].pattern is not None
    numpy.testing.assert_array_equal(memory.arrays[PATTERN], file.arrays[PATTERN])
    # Lists carry nine significant digits, which is every bit of a float32; masked entries are null there.
    numpy.testing.assert_array_equal(memory.arrays[PATTERN], numpy.nan_to_num(lists.arrays[PATTERN]))
    scores = memory.arrays["blocks.0.attn.hook_attn_scores"]
    assert scores.shape == (4, len(memory.tokens), len(memory.tokens)) and scores.dtype == numpy.float32
    assert numpy.isneginf(scores[0, 0, 1]) and not scores.flags.writeable


def test_one_array_comes_as_npy_too(client: Client, tmp_path: Path) -> None:
    names = ["blocks.1.hook_resid_pre"]
    memory = client.activations.capture(PROMPT, names=names, format="npy")
    client.activations.capture(PROMPT, names=names, path=tmp_path / "x.npy")
    numpy.testing.assert_array_equal(next(iter(memory.arrays.values())), numpy.load(tmp_path / "x.npy"))


def test_an_array_is_the_daemons_own_memory(client: Client) -> None:
    array = client.attention.pattern(PROMPT, layer=0).arrays[PATTERN]
    address = array.__array_interface__["data"][0]
    mapped = [line for line in Path("/proc/self/maps").read_text().splitlines() if "memfd:" in line]
    ranges = [[int(end, 16) for end in line.split()[0].split("-")] for line in mapped]
    assert any(begin <= address < end for begin, end in ranges), mapped


def test_nothing_stays_open(client: Client) -> None:
    client.attention.pattern(PROMPT, layer=0)
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        client.attention.pattern(PROMPT, layer=0)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before
    assert Path("/proc/self/maps").read_text().count("memfd:") < 5


def test_reconstructions_bring_their_patterns(client: Client) -> None:
    found = client.attention.reconstruct(PROMPT, map="m1")
    assert set(found.arrays) == {"true", "transcoders", "map", "masked_map"}
    numpy.testing.assert_allclose(found.arrays["true"].sum(-1), 1, rtol=1e-5)
    assert found.stages[-1].stage == "masked_map"


def test_activations_have_transformer_lenss_names(client: Client) -> None:
    found = client.activations.capture(PROMPT, names=["blocks.0.attn.hook_pattern", "blocks.1.ln1.hook_scale", "hook_embed"])
    cache = found.cache
    assert cache["pattern", 0] is not None and cache["pattern0"].shape == cache["blocks.0.attn.hook_pattern"].shape
    assert cache["scale", 1, "ln1"].shape[0] == len(found.tokens) == cache["embed"].shape[0]
    assert cache.add_batch_dim()["hook_embed"].shape[0] == 1
    with pytest.raises(KeyError, match="was not captured; there are"):
        cache["z", 3]
    assert isinstance(cache, ActivationCache)


@pytest.mark.parametrize(("given", "name"), [
    (("k", 6, "a"), "blocks.6.attn.hook_k"), (("pre", 2), "blocks.2.mlp.hook_pre"), (("embed",), "hook_embed"),
    (("normalized", 27, "ln2"), "blocks.27.ln2.hook_normalized"), (("k6",), "blocks.6.attn.hook_k"),
    (("scale4ln1",), "blocks.4.ln1.hook_scale"), (("pre5",), "blocks.5.mlp.hook_pre"), (("attn", 1), "blocks.1.attn.hook_pattern"),
    (("resid_pre", 3), "blocks.3.hook_resid_pre"), (("scale",), "ln_final.hook_scale"), (("hook_embed",), "hook_embed"),
])
def test_short_names_are_those_of_get_act_name(given: tuple[str, int], name: str) -> None:
    """The examples of TransformerLens's own documentation of get_act_name, and its aliases."""
    assert act_name(*given) == name


def test_without_numpy_there_are_lists_and_memoryviews(daemon: Daemon) -> None:
    script = f"""
import sys
sys.modules["numpy"] = None
import qklens.tensors
qklens.tensors.has_numpy.__wrapped__
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "numpy" else real(name, *a)
from qklens import Client, QKLensError
c = Client({daemon.socket!r})
lists = c.attention.pattern({PROMPT!r}, layer=0)
assert lists.heads[0].pattern is not None and "<svg" in lists._repr_html_()
views = c.attention.pattern({PROMPT!r}, layer=0, tensors="memfd")
assert views._raw()[{PATTERN!r}].shape == (4, len(views.tokens), len(views.tokens))
assert views._repr_html_() == lists._repr_html_()
try:
    views.arrays
except QKLensError as error:
    print(error)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PACKAGE / "src", check=False)
    assert result.returncode == 0 and "pip install numpy" in result.stdout, result.stderr


def write_wide_model(folder: Path) -> None:
    """A GPT-2 of one layer with eight heads and a context of 1024, whose patterns and scores are 64 MiB."""
    embedded = ROOT / "Sources" / "Daemon" / "Models" / "demo-4l"
    folder.mkdir()
    for name in ("vocab.json", "merges.txt"):
        (folder / name).write_bytes((embedded / name).read_bytes())
    config = json.loads((embedded / "config.json").read_text())
    config.update(n_embd=64, n_head=8, n_layer=1, n_positions=1024, n_ctx=1024)
    (folder / "config.json").write_text(json.dumps(config))
    D, seeded = 64, random.Random(3)
    shapes: dict[str, tuple[int, ...]] = {"wte.weight": (config["vocab_size"], D), "wpe.weight": (1024, D)}
    for norm in ("h.0.ln_1", "h.0.ln_2", "ln_f"):
        shapes |= {f"{norm}.weight": (D,), f"{norm}.bias": (D,)}
    for name, rows, columns in (("attn.c_attn", D, 3 * D), ("attn.c_proj", D, D), ("mlp.c_fc", D, 4 * D), ("mlp.c_proj", 4 * D, D)):
        shapes |= {f"h.0.{name}.weight": (rows, columns), f"h.0.{name}.bias": (columns,)}
    header, data = {}, bytearray()
    for name, shape in shapes.items():
        count = int(numpy.prod(shape))
        begin = len(data)
        data += struct.pack(f"<{count}f", *(seeded.gauss(0, 0.2) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    written = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(written)) + written + data)


def test_sixty_four_mib_arrive_within_a_hundred_milliseconds(own_daemon: Daemon, tmp_path: Path) -> None:
    write_wide_model(tmp_path / "wide")
    tokens = [number % 500 + 1 for number in range(1024)]
    with own_daemon.client() as client:
        client.models.load(tmp_path / "wide", name="wide")
        took = []
        for _ in range(6):
            start = time.perf_counter()
            arrays = client.attention.pattern(tokens=tokens, model="wide", prepend_bos=False, layer=0).arrays
            # Every page has been read when all are there.
            total = sum(float(array.reshape(-1)[::1024].max()) for array in arrays.values())
            took.append((time.perf_counter() - start) * 1000)
            assert total > 0 and sum(array.nbytes for array in arrays.values()) == 64 * MIB
            del arrays
    hold(f"64 MiB as numpy: {min(took):.0f} ms", min(took), BAR_MS)
