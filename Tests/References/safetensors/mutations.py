"""100,000 spoilt safetensors files, and whether the reference library accepts each.

    pip install safetensors==0.8.0
    python mutations.py ../../CheckpointsTests/Fixtures/mutations.bits

The files are not kept: Tests/Fuzz/Fuzzing/SafetensorsMutation.swift makes the very same ones from the same seeds, draw by draw, and
the digests prove it. The output is 100 digests (FNV-1a, 64 bits, little-endian, one per 1,000 files) and then one bit per file, the
lowest of a byte first: 1 where the reference accepts.

The reference is `safetensors.deserialize`, which checks the header's length, its JSON, its layout and that the data ends where the file
does: the Rust function behind `safe_open`, `load` and `load_file` alike. Every tenth file is given to `safe_open` too, from a file, and
must have the same verdict there.
"""

import os
import struct
import sys
import tempfile

import safetensors

CASES, BLOCK = 100_000, 1_000
MASK = 2**64 - 1


class Draws:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, count):
        return self.next() % count

    def pick(self, choices):
        return choices[self.below(len(choices))]


# fmt: off
DTYPES = [("F32", 32), ("F32", 32), ("F32", 32), ("F16", 16), ("BF16", 16), ("F64", 64), ("BOOL", 8), ("U8", 8), ("I8", 8), ("I16", 16), ("U16", 16), ("I32", 32),
          ("U32", 32), ("I64", 64), ("U64", 64), ("C64", 64), ("F8_E4M3", 8), ("F8_E5M2", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("F4", 4),
          ("F6_E2M3", 6), ("F6_E3M2", 6)]
NAMES = ["a", "wte.weight", "h.0.attn.c_attn.weight", "é", "日本", "\\u0000", "\\ud83d\\ude00", " ", "\\n", "__metadata", "\\\"", "transformer.h.0.ln_1.bias"]
WEIRD_NAMES = ["\"\"", "\"__metadata__\"", "\"\\u005f_metadata__\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\u0041\"", "\"\\q\"", "\"a", "a", "1", "null",
               "\"\t\"", "\"\u007f\"", "\"e\u0301\"", "\"\u00e9\"", "\"\\u00e9\"", "\"\ufeff\"", "\"\U0001f9e0\"", "\"\\u12g4\"", "\"\\/\"", "\"\\u0041\"", "{}"]
NUMBERS = ["-0", "-1", "1.0", "2.0", "1e2", "01", "00", "+1", "0x1", "18446744073709551615", "18446744073709551616", "9223372036854775807", "9223372036854775808",
           "4611686018427387904", "4294967296", "3037000500", "\"1\"", "null", "true", "[1]", "{}", "", "NaN", "Infinity", "1e999", "-", "1.", "1E0", "0", "1", "2", "4",
           " 1 ", "1 ", "\t1", "1\n", "1_0", "123456789012345678901234567890"]
WRONG_DTYPES = ["\"f32\"", "\"F128\"", "\"\"", "null", "17", "{\"F32\":null}", "{\"F32\":1}", "[\"F32\"]", "\"F32 \"", "\"F\\u00332\"", "\"I4\"", "\"F8_E4M3FN\"", "F32",
                "\"FLOAT\"", "true", "{}", "\"\\u0000\""]
EXTRAS = ["1", "-0", "1e999", "1e-999", "01", "1.", ".5", "NaN", "nul", "null", "true", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\ude00\"", "\"\\q\"", "{\"a\":1,\"a\":2}",
          "[1,]", "[]", "{}", "[1 2]", "123456789012345678901234567890", "1E+2", "[[[[]]]]", "{\"x\":{\"x\":[]}}", "[\"\\u0000\",{}]", "\"\u00e9\"", "-", "{\"a\"}", "{,}", "[,]",
          "1.5e+", "-1.25E-7", "\"\u0085\u2028\"", "false", "tru", "\"\x1f\""]
METADATA = ["{}", "null", "{\"format\":\"pt\"}", "{\"format\":\"pt\",\"\":\"\"}", "{\"a\":1}", "{\"a\":null}", "{\"a\":{}}", "[]", "\"x\"", "1", "{\"a\":\"b\",\"a\":\"c\"}",
            "{\"\\u0000\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}", "{\"e\u0301\":\"1\",\"\u00e9\":\"2\"}", "{\"a\":\"b\",}", "{\"a\":\"\U0001f9e0\"}", "true", "{\"a\":[\"b\"]}"]
LEADS = [" ", "\n", "\t", "\r", "\ufeff", "\x00", "  {}", "[", "\x0b", "\u00a0"]
TRAILS = [" ", "       ", "\n", "\t", "\r\n", "\x00", "x", "{}", "}", ",", "\x0b", "\u00a0", "  x", "//"]
LENGTHS = [0, 1, 2, 7, 8, 100_000_000, 100_000_001, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 8, 2**64 - 1]
SHIFTS = [-8, -4, -1, 1, 4, 8, 64, 2**40]
SPACES = ["", "", "", " ", "\n", "\t ", " \r\n", "\x0b", "\x00", "\u00a0"]
MEMBERS = ["\"dtype\"", "\"shape\"", "\"data_offsets\""]
SPELT_MEMBERS = ["\"\\u0064type\"", "\"\\u0073hape\"", "\"data\\u005foffsets\""]
WRONG_MEMBERS = ["\"Dtype\"", "\"shapes\"", "\"data_offset\"", "\"\"", "null", "dtype"]
BYTES = [0x7B, 0x7D, 0x5B, 0x5D, 0x2C, 0x3A, 0x22, 0x5C, 0x30, 0x31, 0x39, 0x2D, 0x2E, 0x65, 0x45, 0x20, 0x09, 0x0A, 0x0D, 0x00, 0x01, 0x1F, 0x7F, 0x80, 0xBF, 0xC0, 0xC3, 0xE2, 0xED, 0xF0,
         0xF4, 0xFF]
SPLICES = [b"\xed\xa0\x80", b"\xc0\x80", b"\xc3\xa9", b"\xf4\x90\x80\x80", b"\xf0\x9f\xa7\xa0", b"\xe2\x82", b"\xff\xfe", b"\\u0000", b"\\ud800", b"\xef\xbb\xbf", b"{}", b"\"\"", b"[]",
           b",\"x\":1"]
# fmt: on


class Tensor:
    def __init__(self, name, dtype, shape, begin, end):
        self.name, self.dtype, self.shape = name, dtype, shape
        self.begin, self.end = begin, end
        # The members in the order in which they are written: an index of MEMBERS, or a text of its own.
        self.members = [0, 1, 2]
        self.names = list(MEMBERS)
        self.offsets = None  # a text in place of the two numbers
        self.extras = []
        self.as_array = False

    def copy(self):
        other = Tensor(self.name, self.dtype, list(self.shape), self.begin, self.end)
        other.members, other.names, other.offsets = list(self.members), list(self.names), self.offsets
        other.extras, other.as_array = list(self.extras), self.as_array
        return other

    def text(self, space):
        values = [self.dtype, "[" + ("," + space).join(self.shape) + "]", self.offsets or f"[{self.begin},{space}{self.end}]"]
        if self.as_array:
            return "[" + ",".join(values) + "]"
        parts = [self.names[index] + space + ":" + values[index] for index in self.members] + self.extras
        return "{" + ("," + space).join(parts) + space + "}"


class File:
    def __init__(self, draws):
        self.tensors, self.metadata = [], None
        self.lead = self.trail = self.space = ""
        self.length = None
        offset = 0
        for index in range(draws.below(5)):
            name, bits = draws.pick(DTYPES)
            shape = [draws.below(5) for _ in range(draws.below(4))]
            product = bits
            for extent in shape:
                product *= extent
            size = (product + 7) // 8
            title = '"' + draws.pick(NAMES) + str(index) + '"'
            self.tensors.append(Tensor(title, f'"{name}"', [str(extent) for extent in shape], offset, offset + size))
            offset += size
        self.data = offset
        if draws.below(3) == 0:
            self.metadata = draws.pick(METADATA[:4])
        if draws.below(4) == 0 and self.tensors:
            self.tensors.insert(0, self.tensors.pop())

    def spoil(self, draws):
        """Changes one thing; several of them leave a valid file valid."""
        kind = draws.below(32)
        if kind < 6:
            self.spoil_frame(kind, draws)
        elif self.tensors:
            self.spoil_tensor(kind, draws.below(len(self.tensors)), draws)

    def spoil_frame(self, kind, draws):
        if kind == 0:
            self.data = max(0, self.data + draws.pick(SHIFTS[:7]))
        elif kind == 1:
            self.metadata = draws.pick(METADATA)
        elif kind == 2:
            self.lead = draws.pick(LEADS)
        elif kind == 3:
            self.trail = draws.pick(TRAILS)
        elif kind == 4:
            self.length = draws.pick(LENGTHS)
        elif kind == 5:
            self.space = draws.pick(SPACES)

    def spoil_tensor(self, kind, index, draws):
        tensor = self.tensors[index]
        if kind == 6:
            tensor.begin += draws.pick(SHIFTS)
        elif kind == 7:
            tensor.end += draws.pick(SHIFTS)
        elif kind == 8:
            tensor.begin, tensor.end = tensor.end, tensor.begin
        elif kind == 9:
            by = draws.pick(SHIFTS)
            tensor.begin, tensor.end = tensor.begin + by, tensor.end + by
        elif kind == 10:
            by = draws.pick([1, 4, 8])
            for later in self.tensors[index:]:
                later.begin, later.end = later.begin + by, later.end + by
            self.data += by
        elif kind == 11:
            tensor.offsets = "[" + draws.pick(NUMBERS) + "," + str(tensor.end) + "]"
        elif kind == 12:
            tensor.offsets = "[" + str(tensor.begin) + "," + draws.pick(NUMBERS) + "]"
        elif kind == 13:
            tensor.offsets = draws.pick(["[]", "[0]", "[0,0,0]", "null", "{}", "0", '"[0,4]"'])
        elif kind == 14:
            if tensor.shape:
                at = draws.below(len(tensor.shape))
                tensor.shape[at] = draws.pick(NUMBERS)
        elif kind == 15:
            tensor.shape.append(draws.pick(NUMBERS))
        elif kind == 16:
            tensor.shape.insert(0, draws.pick(NUMBERS))
        elif kind == 17:
            tensor.shape.append("1")
        elif kind == 18:
            tensor.shape += [draws.pick(["18446744073709551615", "9223372036854775807", "4294967296", "2"]), draws.pick(["2", "4294967296", "0"])]
        elif kind == 19:
            tensor.dtype = draws.pick(WRONG_DTYPES)
        elif kind == 20:
            tensor.dtype = '"' + draws.pick(DTYPES)[0] + '"'
        elif kind == 21:
            tensor.name = draws.pick(WEIRD_NAMES)
        elif kind == 22:
            tensor.name = self.tensors[draws.below(len(self.tensors))].name
        elif kind == 23:
            self.tensors.append(tensor.copy())
        elif kind == 24:
            copy = tensor.copy()
            copy.name = '"copy"'
            self.tensors.append(copy)
        elif kind == 25:
            self.tensors.append(Tensor('"empty"', tensor.dtype, ["0", "3"], tensor.end, tensor.end))
        elif kind == 26:
            tensor.extras.append('"x":' + draws.pick(EXTRAS))
        elif kind == 27:
            depth = draws.pick([1, 2, 64, 124, 125, 126, 127, 200])
            opening, closing = draws.pick([("[", "]"), ('{"y":', "}")])
            tensor.extras.append('"x":' + opening * depth + ("" if opening == "[" else "1") + closing * depth)
        elif kind == 28:
            if tensor.members:
                tensor.members.pop(draws.below(len(tensor.members)))
        elif kind == 29:
            if draws.below(2) == 0:
                tensor.members.append(draws.below(3))
            else:
                tensor.members.reverse()
        elif kind == 30:
            which = draws.below(3)
            tensor.names[which] = SPELT_MEMBERS[which] if draws.below(2) == 0 else draws.pick(WRONG_MEMBERS)
        elif kind == 31:
            if draws.below(4) == 0:
                tensor.as_array = True
            else:
                tensor.shape = ["1"] + tensor.shape

    def header(self):
        space = self.space
        members = [] if self.metadata is None else ['"__metadata__":' + space + self.metadata]
        members += [tensor.name + space + ":" + space + tensor.text(space) for tensor in self.tensors]
        text = self.lead + "{" + space + ("," + space).join(members) + space + "}" + self.trail
        return bytearray(text.encode())


def spoil_bytes(header, draws):
    for _ in range(1 + draws.below(2)):
        if not header:
            return
        kind, at = draws.below(6), draws.below(len(header))
        if kind == 0:
            header[at] ^= 1 << draws.below(8)
        elif kind == 1:
            header[at] = draws.pick(BYTES)
        elif kind == 2:
            header.insert(at, draws.pick(BYTES))
        elif kind == 3:
            del header[at]
        elif kind == 4:
            header[at:at] = draws.pick(SPLICES)
        else:
            digits = [place for place, byte in enumerate(header) if 48 <= byte <= 57]
            if digits:
                at = draws.pick(digits)
                header[at] = 48 + draws.below(10)


def mutation(index):
    """The bytes of one file."""
    draws = Draws(index)
    file = File(draws)
    for _ in range(draws.below(3)):
        file.spoil(draws)
    header = file.header()
    length = len(header)
    if draws.below(5) == 0:
        spoil_bytes(header, draws)
        if draws.below(8) != 0:
            length = len(header)
    if file.length is not None:
        length = file.length
    result = struct.pack("<Q", length) + bytes(header) + bytes(file.data)
    if draws.below(32) == 0:
        result = result[: draws.below(len(result) + 1)]
    return result


def accepted(file):
    try:
        safetensors.deserialize(file)
        return True
    except safetensors.SafetensorError:
        return False


def opened(path):
    try:
        with safetensors.safe_open(path, framework="np"):
            return True
    except safetensors.SafetensorError:
        return False


def main():
    bits, digests = bytearray(CASES // 8), []
    digest = 0xCBF29CE484222325
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "case.safetensors")
        for index in range(CASES):
            file = mutation(index)
            for byte in file:
                digest = ((digest ^ byte) * 0x100000001B3) & MASK
            if index % BLOCK == BLOCK - 1:
                digests.append(digest)
            verdict = accepted(file)
            if index % 10 == 0 and file:
                with open(path, "wb") as out:
                    out.write(file)
                assert opened(path) == verdict, (index, file)
            bits[index // 8] |= verdict << index % 8
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack(f"<{len(digests)}Q", *digests) + bits)
    print(CASES, "files,", sum(byte.bit_count() for byte in bits), "accepted by safetensors", safetensors.__version__)


if __name__ == "__main__":
    main()
