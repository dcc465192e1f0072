"""Small safetensors files, most of them broken, and whether the reference library accepts them.

    pip install safetensors==0.8.0
    python make_verdicts.py ../../CheckpointsTests/Fixtures/verdicts.json

Each case is {"file": its bytes as Latin-1 text, "accepted": the reference's verdict, "stricter": why we refuse it all the same, or
null}. The stricter cases are recognised here from the header alone, by the table in SafetensorsHeader.swift.
"""

import json
import random
import struct
import sys

import safetensors

TWO = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[1,3],"data_offsets":[8,14]}}'
META = '{"__metadata__":{"format":"pt","k":""},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0,5],"data_offsets":[4,4]}}  '
ONE = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]%s}}'
INFO = '{"a":{"dtype":%s,"shape":%s,"data_offsets":%s}}'
SEEDS = [(TWO, 14), (META, 4), (ONE % "", 4)]


def pack(header, data=0, length=None):
    header = header if isinstance(header, bytes) else header.encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(header) if length is None else length) + header + bytes(data)


def accepted(file):
    try:
        safetensors.deserialize(file)
        return True
    except safetensors.SafetensorError:
        return False


def stricter(file):
    header = file[8 : 8 + struct.unpack("<Q", file[:8])[0]].decode()
    if header[0] != "{":
        return "white space first"
    # Objects as lists of pairs, so that a name that stands twice is seen twice.
    tree = json.loads(header, object_pairs_hook=lambda members: members)
    levels = [tree] + [value for name, value in tree if name == "__metadata__" and value is not None]
    for members in levels:
        names = [name for name, _ in members]
        if len(set(names)) < len(names):
            return "a name twice"
    for name, info in tree:
        if name == "__metadata__":
            continue
        if not info or not isinstance(info[0], tuple):
            return "a tensor described by an array"
        members = dict(info)
        if not isinstance(members["dtype"], str):
            return "a dtype that is an object"
        product = 1
        for extent in members["shape"]:
            product *= extent
            if max(product, extent) >= 2**63:
                return "an extent or a product above 2^63 - 1"
    return None


def by_hand():
    numbers = ["-0", "-1", "1.0", "1e0", "01", "+1", "18446744073709551615", "18446744073709551616", '"1"', "null", "[1]", "true", ""]
    for number in numbers:
        yield pack(INFO % ('"F32"', f"[{number}]", "[0,4]"), 4)
        yield pack(INFO % ('"F32"', "[1]", f"[0,{number}]"), 4)
        yield pack(INFO % ('"F32"', "[1]", f"[{number},4]"), 4)
    for dtype in "BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64".split():
        for size in (3, 4, 6, 8, 16, 32, 64):
            yield pack(INFO % (f'"{dtype}"', "[8]", f"[0,{size}]"), size)
        yield pack(INFO % (f'"{dtype}"', "[1]", "[0,1]"), 1)
    for dtype in ('"f32"', '"F128"', '""', "null", "17", '{"F32":null}', '["F32"]', '"F32 "'):
        yield pack(INFO % (dtype, "[1]", "[0,4]"), 4)
    for shape in ("[2,18446744073709551614]", "[2,9223372036854775807]", "[4294967296,4294967296]", "[18446744073709551615,2,0]",
                  "[0,18446744073709551615,2]", "[0,18446744073709551615]", "[0,9223372036854775807]", "[9223372036854775807,2,0]", "[3037000500,3037000500,0]", "[4611686018427387904]", "{}"):
        yield pack(INFO % ('"F32"', shape, "[0,0]"), 0)
        yield pack(INFO % ('"F32"', shape, "[0,4]"), 4)
    for extra in (',"x":1', ',"x":1e999', ',"x":1e-999', ',"x":01', ',"x":1.', ',"x":-', ',"x":.5', ',"x":NaN', ',"x":nul', ',"x":"\\ud800"',
                  ',"x":"\\ud83d\\ude00"', ',"x":"\\ude00"', ',"x":"\\ud83d\\u0041"', ',"x":"\\q"', ',"x":"\\u12g4"', ',"x":"\x01"', ',"x":"\x7f"',
                  ',"x":{"a":1,"a":2}', ',"x":[1,]', ",", ',"shape":[1]', ',"dtype":"F32"', ',"x":123456789012345678901234567890',
                  ',"x":-0', ',"x":' + "9" * 400, ',"x":1E+2', ',"x":true', ',"x":null', ',"x":[]', ',"x":{}', ',"x":[1 2]', ',"x" 1', ',x:1'):
        yield pack(ONE % extra, 4)
    for depth in (1, 124, 125, 126, 127, 200):
        yield pack(ONE % (',"x":' + "[" * depth + "]" * depth), 4)
        yield pack(ONE % (',"x":' + '{"y":' * depth + "1" + "}" * depth), 4)
    base = ONE % ""
    for header in (" " + base, "\n" + base, "\ufeff" + base, base + "\n\t\r ", base + "\0", base + "x", base + base, "[]", "null", "", "{", "{}",
                   "{ }", '{"__metadata__":null}', '{"__metadata__":{}}', '{"__metadata__":{"a":1}}', '{"__metadata__":[]}',
                   '{"__metadata__":{"a":"b","a":"c"}}', '{"__metadata__":{},"__metadata__":{}}', '{"a":["F32",[1],[0,4]]}', '{"a":[]}', '{"a":{}}',
                   '{"a":null}', base.replace('"a"', '"\\u0000"'), base.replace('"a"', '""'), base.replace('"shape"', '"\\u0073hape"'),
                   base.replace("[0,4]", "[0,4,8]"), base.replace("[0,4]", "[0]"), base.replace("[0,4]", "[4,0]"), base.replace("[1]", "null"),
                   base[:-1] + "," + base[1:], base[:-1] + "," + base[1:].replace('"a"', '"b"')):
        yield pack(header, 0)
        yield pack(header, 4)
    for length in (0, 1, 7, len(base) - 1, len(base) + 1, len(base) + 4, len(base) + 5, 100_000_000, 100_000_001, 2**63, 2**64 - 1, 2**64 - 8):
        yield pack(base, 4, length)
    for size in (0, 1, 7, 8, 9):
        yield pack(base, 4)[:size]
    yield pack(base.encode() + b"\xff", 4)
    yield pack(base.encode().replace(b'"a"', b'"\xc3\xa9"'), 4)
    yield pack(base.encode().replace(b'"a"', b'"\xed\xa0\x80"'), 4)
    yield pack(base.encode().replace(b'"a"', b'"\xc0\x80"'), 4)
    for one, two in (((0, 4), (4, 8)), ((4, 8), (0, 4)), ((0, 4), (5, 9)), ((0, 4), (3, 7)), ((0, 4), (0, 4)), ((1, 5), (5, 9)), ((0, 4), (8, 12))):
        yield pack('{"a":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]},"b":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}}' % (*one, *two), max(one[1], two[1]))


def by_chance(generator, count):
    alphabet = b'{}[],:"0123456789-.eE \\ntu\x00\x80\xc3'
    for _ in range(count):
        header, data = generator.choice(SEEDS)
        text = bytearray(header.encode())
        for _ in range(generator.choice((1, 1, 1, 2))):
            at = generator.randrange(len(text))
            kind = generator.randrange(4)
            if kind == 0:
                text[at] = generator.choice(alphabet)
            elif kind == 1:
                text.insert(at, generator.choice(alphabet))
            elif kind == 2:
                del text[at]
            else:
                digits = [i for i, byte in enumerate(text) if 48 <= byte <= 57]
                text[generator.choice(digits)] = generator.choice(b"0123456789")
        yield pack(bytes(text), max(0, data + generator.choice((0, 0, 0, 0, -1, 1, 4))))


cases, seen = [], set()
for file in [*by_hand(), *by_chance(random.Random(0), 400)]:
    if file in seen:
        continue
    seen.add(file)
    verdict = accepted(file)
    cases.append({"file": file.decode("latin-1"), "accepted": verdict, "stricter": stricter(file) if verdict else None})
with open(sys.argv[1], "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
print(len(cases), "cases,", sum(case["accepted"] for case in cases), "accepted,", sum(case["stricter"] is not None for case in cases), "of them refused here")
