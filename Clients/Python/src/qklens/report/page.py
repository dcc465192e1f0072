"""A report: its document, and the one HTML file that shows it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

# How high a report is in a notebook.
NOTEBOOK_HEIGHT = "min(85vh, 900px)"
# What would end the script element, or what an old parser takes for the end of a line.
ESCAPED = "<>&\u2028\u2029"


class Report:
    """One self-contained page: `.write(path)` makes the file, a notebook shows it where it is.

    Args:
        document: What the page shows, as Clients/Pages/README.md describes it.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @property
    def title(self) -> str:
        """What stands at its head."""
        return str(self.document["title"])

    def html(self) -> str:
        """The page."""
        inserted = {"title": escape(self.title, quote=True).replace("&#x27;", "&#39;"), "report": self.json()}

        def part(match: re.Match[str]) -> str:
            name = match[1]
            return inserted[name] if name in inserted else _file(name)

        # Half a character, which JSON may hold, is none in UTF-8.
        return re.sub(r"\{\{([a-z.]+)\}\}", part, _file("page.html")).encode("utf-8", "replace").decode()

    def json(self) -> str:
        """The document as the page holds it: no text in it can end the element that it stands in."""
        text = json.dumps(self.document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        for character in ESCAPED:
            text = text.replace(character, f"\\u{ord(character):04x}")
        return text

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Writes the page.

        Raises:
            FileExistsError: The file is there already, and is not to be overwritten.
        """
        with open(path, "w" if overwrite else "x", encoding="utf-8", newline="\n") as file:
            file.write(self.html())
        return Path(path)

    def _repr_html_(self) -> str:
        # Without allow-same-origin the page is a stranger to the notebook: it can neither read nor change it.
        title = escape(self.title.encode("utf-8", "replace").decode(), quote=True)
        return (
            f'<iframe sandbox="allow-scripts" title="{title}" srcdoc="{escape(self.html(), quote=True)}" '
            f'style="width:100%;height:{NOTEBOOK_HEIGHT};border:1px solid #8884;border-radius:6px"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Report({self.document['report']!r}, {self.title!r})"


def _file(name: str) -> str:
    return (files("qklens") / "pages" / name).read_text(encoding="utf-8")
