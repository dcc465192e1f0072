#!/usr/bin/env python3
"""Writes src/qklens/api and src/qklens/errors.py from the daemon's OpenRPC document.

    qklens rpc rpc.discover | ./generate.py          write them
    qklens rpc rpc.discover | ./generate.py --check  say whether they are what would be written (status 1 if not)

1. Every object with fixed members becomes a dataclass. The document has no names for them: generator/names.py names those that have a
   name in the daemon's sources, by their description; any other is called after the method and the members that lead to it.
2. Equal objects are one dataclass. One that several namespaces use stands in `api/shared.py`.
3. Every method becomes a function that makes a `Call`, and a method of the two clients' namespaces that sends it.
4. Every error kind becomes an exception.

Standard library only.
"""

from __future__ import annotations

import argparse
import json
import sys

from generator.writing import SOURCES, Writer


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the typed methods from an OpenRPC document on standard input.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that differ and end with status 1")
    options = parser.parse_args()
    generator = Writer(json.load(sys.stdin))
    files = generator.files()
    stale = [path for path in (SOURCES / "api").glob("*.py") if path not in files]
    changed = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if options.check:
        for path in [*changed, *stale]:
            print(f"{path.relative_to(SOURCES)} is not what the document says; `make python-client` writes it anew", file=sys.stderr)
        return 1 if changed or stale else 0
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in stale:
        path.unlink()
    unknown = sorted({generator.verb(m) for m in generator.methods if not generator.is_reading(m)})
    print(f"{len(generator.methods)} methods, {len(generator.records)} dataclasses; never repeated by themselves: {', '.join(unknown)}",
          file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
