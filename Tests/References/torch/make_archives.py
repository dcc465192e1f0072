"""Real `.pt` files, and files that pretend to be.

    make_archives.py FOLDER        writes FOLDER/real, FOLDER/hostile

real      dictionaries of tensors as torch.save writes them, and what they hold as float32 in expected.safetensors (FILE/NAME).
hostile   each breaks one rule; its name says which. Where one would run a command if it were unpickled, that command is MARK: a test that
          finds such a file knows that something was executed.

Written for torch 2.13.0, safetensors 0.8.0, numpy 2; Python's zipfile and struct for the rest.
"""
import io
import os
import struct
import sys
import zipfile

import torch
from safetensors.torch import save_file

MARK = "touch qklens-executed-a-pickle"
folder = sys.argv[1]
os.makedirs(f"{folder}/real", exist_ok=True)
os.makedirs(f"{folder}/hostile", exist_ok=True)

# ---------------------------------------------------------------------------------------------------------------- real files
torch.manual_seed(0)
expected = {}


def real(name, tensors, **options):
    torch.save(tensors, f"{folder}/real/{name}.pt", **options)
    for key, value in tensors.items():
        if value.dtype.is_floating_point:
            expected[f"{name}/{key}"] = value.detach().float().contiguous().clone()


real("linear", torch.nn.Linear(5, 3).state_dict())
base = torch.randn(6, 8)
for name, dtype in [("float16", torch.float16), ("bfloat16", torch.bfloat16), ("float64", torch.float64)]:
    real(name, {"W": base.to(dtype), "special": torch.tensor([0.0, -0.0, 1e-7, 65504.0, float("inf")]).to(dtype)})
real("views", {
    "transposed": base.t(), "rows": base[2:4], "columns": base[:, 1::3], "element": base[3, 4], "permuted":
    torch.randn(2, 3, 4).permute(2, 0, 1), "none": torch.zeros(0, 3), "whole": base, "alone": base[:1].t(),
})
tied = torch.randn(4, 4)
real("tied", {"first": tied, "second": tied, "diagonal": torch.diagonal(tied)})
real("protocol3", {"b": torch.randn(7)}, pickle_protocol=3)
real("integers", {"steps": torch.tensor([1, 2, 3]), "W": torch.randn(2, 2)})
save_file(expected, f"{folder}/real/expected.safetensors")

# ------------------------------------------------------------------------------------------------------------- hostile pickles
text = lambda s: b"X" + struct.pack("<I", len(s.encode())) + s.encode()
integer = lambda n: b"\x8a" + bytes([8]) + struct.pack("<q", n)
glob = lambda module, name: f"c{module}\n{name}\n".encode()
integers = lambda ns: b"(" + b"".join(integer(n) for n in ns) + b"t"
ORDERED, REBUILD, FLOATS = glob("collections", "OrderedDict"), glob("torch._utils", "_rebuild_tensor_v2"), glob("torch", "FloatStorage")
SYSTEM = glob("posix", "system") + b"(" + text(MARK) + b"tR"


def storage(count=6, key="0", kind=FLOATS):
    return b"(" + text("storage") + kind + text(key) + text("cpu") + integer(count) + b"tQ"


def tensor(shape=(2, 3), strides=(3, 1), offset=0, hooks=ORDERED + b")R", of=None, call=REBUILD):
    return call + b"(" + (of or storage()) + integer(offset) + integers(shape) + integers(strides) + b"\x89" + hooks + b"tR"


def dictionary(*items):
    return b"\x80\x02}(" + b"".join(items) + b"u."


W = text("W")
pickles = {
    "os_system": b"\x80\x02" + SYSTEM + b".",
    "os_system_beside_a_tensor": dictionary(W, tensor(), text("b"), SYSTEM),
    "os_system_as_hooks": dictionary(W, tensor(hooks=SYSTEM)),
    "os_system_as_storage_type": dictionary(W, tensor(of=storage(kind=glob("posix", "system")))),
    "os_system_as_state": b"\x80\x02}" + SYSTEM + b"b.",
    "os_system_dropped": b"\x80\x02" + SYSTEM + b"0}.",
    "eval": b"\x80\x02" + glob("builtins", "eval") + b"(" + text("1") + b"tR.",
    "getattr": b"\x80\x02" + glob("builtins", "getattr") + b"(" + REBUILD + text("__globals__") + b"tR.",
    "dotted_name": b"\x80\x02" + glob("torch", "_utils._rebuild_tensor_v2.__globals__") + b".",
    "ordered_dictionary_attribute": b"\x80\x02" + glob("collections", "OrderedDict.__init__") + b")R.",
    "module_of_the_same_name": b"\x80\x02" + glob("collections.abc", "OrderedDict") + b")R.",
    "load_from_bytes": b"\x80\x02" + glob("torch.storage", "_load_from_bytes") + b"(" + text("x") + b"tR.",
    "parameter": dictionary(W, tensor(call=glob("torch._utils", "_rebuild_parameter"))),
    "untyped_storage": dictionary(W, tensor(of=storage(kind=glob("torch.storage", "UntypedStorage")))),
    "numpy": b"\x80\x02" + glob("numpy.core.multiarray", "_reconstruct") + b".",
    "run_module": b"\x80\x02" + glob("runpy", "_run_module_as_main") + b"(" + text("os") + b"tR.",
    "stack_global": b"\x80\x04" + b"\x8c\x05posix\x8c\x06system\x93(" + text(MARK) + b"tR.",
    "stack_global_in_protocol_2": b"\x80\x02" + text("posix") + b"q\x00" + text("system") + b"q\x01h\x00h\x01\x93(" + text(MARK) + b"tR.",
    "inst": b"\x80\x02(" + text(MARK) + b"iposix\nsystem\n.",
    "obj": b"\x80\x02(" + FLOATS + text(MARK) + b"o.",
    "newobj": b"\x80\x02" + ORDERED + b")\x81.",
    "newobj_ex": b"\x80\x02" + ORDERED + b")}\x92.",
    "extension": b"\x80\x02\x82\x01.",
    "text_persistent": b"\x80\x02P0\n.",
    "called_tensor": b"\x80\x02" + tensor() + b")R.",
    "called_storage_type": b"\x80\x02" + FLOATS + integers([4]) + b"R.",
    "ordered_dictionary_of_arguments": b"\x80\x02" + ORDERED + b"(}tR.",
    "state_of_a_tensor": dictionary(W, tensor() + b"}b"),
    "storage_too_short": dictionary(W, tensor(of=storage(count=7))),
    "storage_too_long": dictionary(W, tensor(of=storage(count=5), shape=(5,), strides=(1,))),
    "storage_of_two_to_the_62": dictionary(W, tensor(of=storage(count=1 << 62))),
    "storage_of_fewer_than_none": dictionary(W, tensor(of=storage(count=-1))),
    "storage_missing": dictionary(W, tensor(of=storage(key="7"))),
    "storage_by_path": dictionary(W, tensor(of=storage(key="../../../etc/passwd"))),
    "shape_overflows": dictionary(W, tensor(shape=(1 << 40, 1 << 40), strides=(1, 1))),
    "strides_overflow": dictionary(W, tensor(shape=(2, 2), strides=(1 << 62, 1 << 62))),
    "beyond_the_storage": dictionary(W, tensor(strides=(4, 1))),
    "offset_beyond_the_storage": dictionary(W, tensor(offset=1)),
    "offset_negative": dictionary(W, tensor(offset=-6)),
    "shape_negative": dictionary(W, tensor(shape=(-2, -3))),
    "stride_negative": dictionary(W, tensor(strides=(-3, 1), offset=3)),
    "repeats_an_element": dictionary(W, tensor(shape=(1 << 30,), strides=(0,))),
    "strides_missing": dictionary(W, tensor(strides=(1,))),
    "shape_of_texts": dictionary(W, REBUILD + b"(" + storage() + integer(0) + b"(" + text("2") + b"t" + integers([1]) + b"\x89" + ORDERED + b")RtR"),
    "hooks": dictionary(W, tensor(hooks=b"}(" + text("0") + text("hook") + b"u")),
    "key_is_a_number": dictionary(integer(1), tensor()),
    "named_twice": dictionary(W, tensor(), W, tensor()),
    "dictionary_in_itself": b"\x80\x02}q\x00" + W + b"h\x00s.",
    "list_in_itself": b"\x80\x02]q\x00h\x00a.",
    "laughs": b"\x80\x02]q\x00" + b"".join(b"](h%ch%ceq%c" % (n, n, n + 1) for n in range(200)) + b".",
    "nested_tuples": b"\x80\x02)" + b"\x85" * 200_000 + b".",
    "marks": b"\x80\x02" + b"(" * 200_000 + b".",
    "memo_empty": b"\x80\x02h\x05.",
    "memo_hidden_behind_a_mark": b"\x80\x02}(q\x00h\x00u.",
    "stack_empty": b"\x80\x02R.",
    "pop_below_a_mark": b"\x80\x02}}(\x86.",
    "two_values": b"\x80\x02}}.",
    "no_end": b"\x80\x02}",
    "text_too_long": b"\x80\x02X\xff\xff\xff\xffW.",
    "text_no_utf8": b"\x80\x02X\x02\x00\x00\x00\xc0\x80.",
    "name_without_end": b"\x80\x02ctorch",
    "integer_of_200_bytes": b"\x80\x02\x8a\xc8" + b"\x7f" * 200 + b".",
    "behind_the_end": b"\x80\x02}." + b"\x80\x02" + SYSTEM + b".",
    "second_protocol": b"\x80\x02\x80\x04}.",
    "protocol_0": b"(dp0\n.",
    "a_tensor_alone": b"\x80\x02" + tensor() + b".",
    "a_number_among_tensors": dictionary(W, tensor(), text("step"), integer(3)),
}
elements = struct.pack("<6f", *range(6))


def entries(pickle=dictionary(W, tensor()), data=elements):
    return [("a/data.pkl", pickle), ("a/byteorder", b"little"), ("a/data/0", data), ("a/version", b"3\n")]


def pack(items, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in items:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            archive.writestr(info, data)
    return file.getvalue()


def hostile(name, data):
    with open(f"{folder}/hostile/{name}.pt", "wb") as file:
        file.write(data)


for name, pickle in pickles.items():
    hostile(name, pack(entries(pickle)))

# ------------------------------------------------------------------------------------------------------------ hostile archives
good = pack(entries())


def patched(data, where, value):
    return data[:where] + value + data[where + len(value):]


directory = good.index(b"PK\1\2")
second = good.index(b"PK\1\2", directory + 1)  # the directory's entry of byteorder
third = good.index(b"PK\1\2", second + 1)  # of the storage
end = good.index(b"PK\5\6")
place = good.index(elements)
hostile("storage_altered", patched(good, place, b"\xff"))
hostile("pickle_altered", patched(good, good.index(b"storage"), b"S"))
hostile("compressed", pack(entries(), zipfile.ZIP_DEFLATED))
hostile("path_upwards", pack(entries() + [("a/../../.bashrc", b"x")]))
hostile("path_absolute", pack(entries() + [("/etc/cron.d/x", b"x")]))
hostile("path_backslash", pack(entries() + [("a\x5c..\x5cx", b"x")]))
hostile("path_of_nothing", pack(entries() + [("a//x", b"x")]))
hostile("outside_the_folder", pack(entries() + [("b/data/1", b"x")]))
hostile("script", pack(entries() + [("a/code/__torch__.py", b"import os")]))
hostile("two_pickles", pack(entries() + [("b/data.pkl", pickles["os_system"])]))
hostile("no_pickle", pack(entries()[1:]))
hostile("twice", pack(entries() + [("a/data/0", bytes(24))]))
hostile("big_endian", pack([(n, b"big" if n == "a/byteorder" else d) for n, d in entries()]))
hostile("put_in_front", b"#!/bin/sh\n" + good)
hostile("put_behind", good + b"x")
hostile("comment", patched(good, end + 20, b"\x01\x00") + b"x")
hostile("cut", good[:-30])
hostile("empty", b"")
hostile("count_too_large", patched(patched(good, end + 8, b"\x05\x00"), end + 10, b"\x05\x00"))
hostile("count_too_small", patched(patched(good, end + 8, b"\x03\x00"), end + 10, b"\x03\x00"))
hostile("volumes", patched(good, end + 4, b"\x01\x00"))
hostile("directory_elsewhere", patched(good, end + 16, struct.pack("<I", directory - 8)))
hostile("overlapping", patched(good, third + 42, good[second + 42:second + 46]))
hostile("entry_in_the_directory", patched(good, third + 42, struct.pack("<I", directory)))
hostile("entry_beyond_the_file", patched(good, third + 42, struct.pack("<I", 1 << 31)))
hostile("sizes_differ", patched(good, third + 20, struct.pack("<I", 20)))
hostile("larger_than_the_file", patched(good, third + 20, struct.pack("<II", 1 << 30, 1 << 30)))
hostile("two_names", patched(good, good.index(b"a/data/0"), b"a/data/1"))
hostile("encrypted", patched(good, third + 8, b"\x01\x00"))
hostile("two_flags", patched(good, third + 8, b"\x00\x08"))
saved = io.BytesIO()
torch.save({"W": torch.arange(6.0).reshape(2, 3)}, saved)
torch_file = saved.getvalue()
wide = torch_file.index(b"PK\6\6")
hostile("two_end_records", patched(torch_file, wide + 48, struct.pack("<Q", 64)))
legacy = io.BytesIO()
torch.save({"W": torch.arange(6.0).reshape(2, 3)}, legacy, _use_new_zipfile_serialization=False)
hostile("before_1.6", legacy.getvalue())
hostile("bare_os_system", pickles["os_system"])
hostile("tar", b"sys_info".ljust(512, b"\0"))
