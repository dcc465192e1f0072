"""Writes the token ids that the `tokenizers` package gives, as fixtures of Tests/TokenizerTests.

    strings.jsonl       every string of texts.py with a digest of its ids under each vocabulary, and every 40th with the ids
    special.jsonl       strings with <|endoftext|> in them, read as text and as the special token
    scalars.<name>.txt  per block of 4,096 scalars two digests: each scalar alone, and each between a letter and a digit,
                        a digit and a sign, a sign and a space, and after a space
    blns.gpt2.txt       a digest per string of the Big List of Naughty Strings (the list itself stays where it is)

Vocabularies: `gpt2` is GPT-2's published one (not in this repository), `demo` the demonstration model's, and `reversed` is
`demo` with its merges in the opposite order of rank: there a merge can make possible one of lower rank, which no trained
vocabulary shows. `probe` has no tokens but bytes and the pairs of a letter, a digit, a sign or a space with any byte: with it
the ids show where each text was cut, and so the class of every scalar. A digest is FNV-1a, 64 bits, over the ids as little-endian 32-bit numbers; in the scalar blocks over the ids
of all texts of the block, each text followed by -1.

Run: python token_ids.py <directory of GPT-2's vocab.json and merges.txt> <blns.json>    (versions: requirements.txt)
"""

import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

from texts import texts

FIXTURES = Path(__file__).parents[2] / "TokenizerTests/Fixtures"
BLOCK = 4096
IDS_EVERY = 40


def tokenizer(directory, reverse=False):
    vocab = json.loads((directory / "vocab.json").read_text())
    lines = (directory / "merges.txt").read_text().split("\n")[1:-1]
    merges = [tuple(line.split(" ")) for line in lines]
    result = Tokenizer(BPE(vocab, merges[::-1] if reverse else merges))
    result.pre_tokenizer = ByteLevel(add_prefix_space=False)
    return result


def probe():
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    symbols = {byte: chr(byte) for byte in visible} | {byte: chr(256 + index) for index, byte in enumerate(hidden)}
    merges = [(first, symbols[byte]) for first in "a1!Ġ" for byte in range(256)]
    vocab = {symbols[byte]: byte for byte in range(256)} | {a + b: 256 + index for index, (a, b) in enumerate(merges)}
    result = Tokenizer(BPE(vocab, merges))
    result.pre_tokenizer = ByteLevel(add_prefix_space=False)
    return result


def fnv1a(values):
    digest = 0xCBF29CE484222325
    for value in values:
        for byte in (value & 0xFFFFFFFF).to_bytes(4, "little"):
            digest = ((digest ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{digest:016x}"


def ids(tokenizer, texts):
    return [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]


def write_lines(name, lines):
    (FIXTURES / name).write_text("\n".join(lines) + "\n")
    print(f"{name}: {len(lines)} lines, {(FIXTURES / name).stat().st_size} bytes")


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_strings(vocabularies):
    strings = texts()
    columns = {name: ids(vocabulary, strings) for name, vocabulary in vocabularies.items()}
    lines = []
    for index, text in enumerate(strings):
        line = {"text": text} | {name: fnv1a(column[index]) for name, column in columns.items()}
        if index % IDS_EVERY == 0:
            line["ids"] = {name: column[index] for name, column in columns.items()}
        lines.append(compact(line))
    write_lines("strings.jsonl", lines)


def write_special(directories):
    strings = [text for text in texts() if "<|endoftext|>" in text] + ["<|endoftext|>", "a  <|endoftext|>  b", "\n<|endoftext|><|endoftext|> 's"]
    lines = [{"text": text, "plain": {}, "special": {}} for text in strings]
    for name, directory in directories.items():
        vocabulary = tokenizer(directory)
        for line, expected in zip(lines, ids(vocabulary, strings)):
            line["plain"][name] = expected
        vocabulary.add_special_tokens([AddedToken("<|endoftext|>", special=True, normalized=False)])
        for line, expected in zip(lines, ids(vocabulary, strings)):
            line["special"][name] = expected
    write_lines("special.jsonl", [compact(line) for line in lines])


def write_scalars(name, vocabulary):
    lines = []
    for first in range(0, 0x110000, BLOCK):
        scalars = [chr(value) for value in range(first, first + BLOCK) if not 0xD800 <= value <= 0xDFFF]
        if scalars:
            digests = [
                fnv1a([value for text in ids(vocabulary, made) for value in [*text, -1]])
                for made in (scalars, [f"a{scalar}1{scalar}!{scalar} {scalar}" for scalar in scalars])
            ]
            lines.append(f"{first:06X} {digests[0]} {digests[1]}")
    write_lines(f"scalars.{name}.txt", lines)


def main():
    gpt2, naughty = map(Path, sys.argv[1:])
    demo = FIXTURES / "demo-4l"
    vocabularies = {"gpt2": tokenizer(gpt2), "demo": tokenizer(demo), "reversed": tokenizer(demo, reverse=True)}
    write_strings(vocabularies)
    write_special({"gpt2": gpt2, "demo": demo})
    write_lines("blns.gpt2.txt", [fnv1a(expected) for expected in ids(vocabularies["gpt2"], json.loads(naughty.read_text()))])
    for name, vocabulary in {"gpt2": vocabularies["gpt2"], "demo": vocabularies["demo"], "probe": probe()}.items():
        write_scalars(name, vocabulary)


if __name__ == "__main__":
    main()
