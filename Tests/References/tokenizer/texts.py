"""The strings on which the tokenizer is compared with the `tokenizers` package: seeded, so that every run makes the same ones."""

import random

SEED = 20240913

WORDS = """the of and to in is was for on that with as his he it at by from are this be an which or had not have one but her
Mary John Alice Helen store bottle gave went When After attention dictionary features reconstruction softmax Washington
antidisestablishmentarianism naïve café Straße İstanbul ﬁne ǅ ß ﬀ""".split()

CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'T", "'RE", "'Ll", "'ſ", "’s", "’re", "'", "''", "'st", "'r", "'l", "'v"]

SCRIPTS = {  # first and last scalar of a block; unassigned ones inside are wanted
    "latin": (0xC0, 0x24F), "ipa": (0x250, 0x2FF), "greek": (0x370, 0x3FF), "cyrillic": (0x400, 0x52F), "armenian": (0x530, 0x58F),
    "hebrew": (0x590, 0x5FF), "arabic": (0x600, 0x6FF), "syriac": (0x700, 0x74F), "devanagari": (0x900, 0x97F),
    "bengali": (0x980, 0x9FF), "tamil": (0xB80, 0xBFF), "thai": (0xE00, 0xE7F), "tibetan": (0xF00, 0xFFF), "georgian": (0x10A0, 0x10FF),
    "jamo": (0x1100, 0x11FF), "ethiopic": (0x1200, 0x137F), "cherokee": (0x13A0, 0x13FF), "khmer": (0x1780, 0x17FF),
    "kana": (0x3040, 0x30FF), "han": (0x4E00, 0x9FFF), "hangul": (0xAC00, 0xD7A3), "private": (0xE000, 0xE0FF),
    "presentation": (0xFB00, 0xFDFF), "halfwidth": (0xFF00, 0xFFEF), "gothic": (0x10330, 0x1034F), "cuneiform": (0x12000, 0x120FF),
    "mathematical": (0x1D400, 0x1D7FF), "han extension": (0x20000, 0x200FF), "han extension H": (0x31350, 0x323AF), "tags": (0xE0000, 0xE007F),
}

SPACES = [*map(chr, range(0x09, 0x0E)), " ", "\x1c", "\x1f", "\x85", "\xa0", "\u1680", *map(chr, range(0x2000, 0x200C)), "\u2028", "\u2029",
          "\u202f", "\u205f", "\u2060", "\u3000", "\u180e", "\ufeff"]

EMOJI = ["👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "🇯🇵🇩", "1️⃣", "❤️‍🔥", "🧑🏿‍🚀", "☃", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "😀", "♀️", "\u200d", "\ufe0f", "🫨"]

NUMBERS = ["0", "7", "2024", "3.14159", "1e-5", "0xFF", "½", "²", "Ⅷ", "①", "٣", "१२", "൧", "𝟙", "１", "10,000", "-1", "1_000", "第3回", "v1.2.3"]

CODE = ["def f(x):\n\treturn x**2  # square\n", "for (int i = 0; i < n; ++i) {\r\n    a[i] += b[i];\r\n}", "let x = y ?? \"nil\"\n\n\n", "if(a&&b||!c){}",
        "<div class=\"x\">&nbsp;</div>", "SELECT * FROM t WHERE a='it''s';", "{\"key\": [1, 2, null]}", "\\frac{1}{2}\\,x^{2}", "$PATH:/usr/bin",
        "https://example.org/a?b=c&d=%20#e", "#!/bin/sh\nset -e\n", "x=>x+1;//!?", "    indented\n        more\n"]

SPECIAL = ["<|endoftext|>", "<|endoftext", "endoftext|>", "<|ENDOFTEXT|>", "<| endoftext |>", "<<|endoftext|>>"]

# One or two of each class, and what the regex singles out: every short word over it is a different way through the regex.
CLASS_ALPHABET = ["a", "Z", "é", "語", "1", "٣", "!", "…", "\u0301", "'", "s", "t", "l", "re", " ", " ", " ", "\n", "\t", "\xa0", "\u3000", "\0"]


def scalar(rng):
    while True:
        value = rng.choice([rng.randrange(0x80), rng.randrange(0x800), rng.randrange(0x10000), rng.randrange(0x110000)])
        if not 0xD800 <= value <= 0xDFFF:
            return chr(value)


def joined(rng, parts, most, separators=("", " ")):
    return "".join(rng.choice(parts) + rng.choice(separators) for _ in range(rng.randint(1, most)))


def script(rng):
    first, last = SCRIPTS[rng.choice(sorted(SCRIPTS))]
    letters = [chr(rng.randint(first, last)) for _ in range(rng.randint(1, 14))]
    return joined(rng, letters, 12, ("", "", "", " "))


def stacked(rng):
    return "".join(rng.choice("aeo語1 ") + "".join(chr(rng.randint(0x300, 0x36F)) for _ in range(rng.randint(0, 5))) for _ in range(rng.randint(1, 5)))


def repeated(rng):
    unit = rng.choice(["a", " ", "\n", "ab", "!", "1", "=", "aa b", "語", "👩‍👧", "ha", "\xa0", "'s", " the", "-="])
    return unit * rng.choice([1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100])


def long_word(rng):
    return "".join(rng.choice(WORDS) for _ in range(rng.randint(8, 130)))


KINDS = [  # how many strings of each kind
    (1600, lambda rng: joined(rng, WORDS + CONTRACTIONS + [",", ".", "?", "\n"], 10)),
    (900, lambda rng: rng.choice(WORDS + ["", "1", "!", " "]) + joined(rng, CONTRACTIONS, 3, ("", "", " ", "x", "1"))),
    (1500, script),
    (500, lambda rng: joined(rng, EMOJI, 5)),
    (500, stacked),
    (400, lambda rng: joined(rng, list(map(chr, [*range(0x20), *range(0x7F, 0xA0)])), 10, ("", "", "a"))),
    (1000, lambda rng: joined(rng, SPACES, 6, ("", "", "", "x", "1", "."))),
    (600, lambda rng: joined(rng, NUMBERS, 5)),
    (300, lambda rng: joined(rng, CODE, 2)),
    (1000, lambda rng: "".join(scalar(rng) for _ in range(rng.randint(1, 12)))),
    (2500, lambda rng: "".join(rng.choice(CLASS_ALPHABET) for _ in range(rng.randint(1, 10)))),
    (250, repeated),
    (150, long_word),
    (100, lambda rng: joined(rng, SPECIAL + ["", "a", "\n", "  "], 4)),
]


def texts():
    """About 11,000 different strings, shuffled, the empty one first."""
    rng = random.Random(SEED)
    made = dict.fromkeys(make(rng) for count, make in KINDS for _ in range(count))
    made.pop("", None)
    result = list(made)
    rng.shuffle(result)
    return ["", *result]
