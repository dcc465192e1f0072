"""Attention patterns that draw themselves: destination × source, one square per head, self-contained SVG without script.

A row is where a token looks from, a column where it looks to; the darker, the more. Each square has a title with both tokens and the
share, which a browser shows under the pointer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any

from .tensors import WithArrays, rows

# Pixels: of a head's whole square, of one token's row at most, and of the margin for the tokens' texts.
SIDE, CELL_LIMIT, MARGIN = 260, 18, 78
# More tokens than these are not written at the margins.
LABELLED = 40
# Characters of a token at a margin.
LABEL = 14
# Shares below this are left white; with it a pattern of 128 tokens stays under some 300 KB.
FAINTEST = 0.01
HUES = ("#1f5fa8", "#b3541e", "#2f7d4f", "#7a3e9d", "#a8324a", "#4a6b1f", "#1c7c8c", "#8a6d1d")
NEGATIVE = "#b02a37"


def square(values: Sequence[Sequence[float | None]], pieces: Sequence[str], title: str, hue: str) -> str:
    """One pattern as an SVG; negative values, of a difference, in red."""
    count = len(values)
    cell = min(CELL_LIMIT, SIDE / max(count, 1))
    side = cell * count
    labelled = count <= LABELLED
    left, top = (MARGIN, 20 + MARGIN) if labelled else (4, 20)
    visible = [piece.replace("\n", "↵").replace(" ", "·") for piece in pieces]
    shown = [escape(piece, quote=True) for piece in visible]
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{left + side + 4:.0f}' height='{top + side + 4:.0f}' role='img' "
        f"aria-label='{escape(title, quote=True)}' style='margin:4px;font:10px ui-monospace,monospace'>",
        f"<text x='{left}' y='13' font-weight='bold' font-size='12' fill='currentColor'>{escape(title)}</text>",
        f"<rect x='{left}' y='{top}' width='{side:.1f}' height='{side:.1f}' fill='#8881' stroke='#8886'/>",
    ]
    if labelled:
        for i, piece in enumerate(visible):
            middle, label = (i + 0.7) * cell, escape(piece[:LABEL])
            parts.append(f"<text x='{left - 4}' y='{top + middle:.1f}' text-anchor='end' fill='currentColor'>{label}</text>")
            parts.append(
                f"<text transform='translate({left + middle:.1f} {top - 4}) rotate(-90)' fill='currentColor'>{label}</text>")
    for destination, row in enumerate(values):
        for source, value in enumerate(row[: destination + 1]):
            if value is None or not isfinite(value) or abs(value) < FAINTEST:
                continue
            parts.append(
                f"<rect x='{left + source * cell:.1f}' y='{top + destination * cell:.1f}' width='{cell:.1f}' height='{cell:.1f}' "
                f"fill='{hue if value > 0 else NEGATIVE}' fill-opacity='{min(1.0, abs(value)):.2f}'>"
                f"<title>{shown[destination]} → {shown[source]} {value:.3f}</title></rect>")
    return "".join(parts) + "</svg>"


def _gallery(squares: Sequence[str]) -> str:
    return f"<div class='qklens-patterns' style='display:flex;flex-wrap:wrap'>{''.join(squares)}</div>"


def _by_head(raw: Mapping[str, Any], ending: str) -> Any:
    """The array whose name ends so, as nested lists: head, destination, source."""
    return next((rows(values) for name, values in raw.items() if name.endswith(ending)), None)


class DrawnPattern(WithArrays):
    """Of `attention.pattern`."""

    __slots__ = ()

    if TYPE_CHECKING:
        layer: int
        pieces: list[str]
        heads: Any

    def _listed(self) -> dict[str, Any]:
        block = f"blocks.{self.layer}.attn.hook_"
        return {
            block + name: [getattr(head, name) for head in self.heads]
            for name in ("pattern", "attn_scores")
            if all(getattr(head, name) is not None for head in self.heads)
        }

    def _repr_html_(self) -> str:
        patterns = _by_head(self._raw(), "hook_pattern") or []
        return _gallery([
            square(pattern, self.pieces, f"L{self.layer}H{head.head}", HUES[head.head % len(HUES)])
            for head, pattern in zip(self.heads, patterns, strict=True)
        ])


class DrawnReconstruction(WithArrays):
    """Of `attention.reconstruct`: true | reconstructed | difference, a line per head, then the figures."""

    __slots__ = ()

    if TYPE_CHECKING:
        layer: int
        pieces: list[str]
        stages: Any
        patterns: Any

    def _listed(self) -> dict[str, Any]:
        if not self.patterns:
            return {}
        names = [name for name in ("true", "transcoders", "map", "masked_map") if getattr(self.patterns[0], name) is not None]
        return {name: [getattr(pattern, name) for pattern in self.patterns] for name in names}

    def _repr_html_(self) -> str:
        from .record import table_html

        lines = []
        raw = {name: rows(values) for name, values in self._raw().items()}
        best = next((name for name in ("masked_map", "map", "transcoders") if name in raw), None)
        if best is not None and "true" in raw:
            heads = [pattern.head for pattern in self.patterns] if self.patterns else [score.head for score in self.stages[0].heads]
            for head, true, again in zip(heads, raw["true"], raw[best], strict=True):
                hue, label = HUES[head % len(HUES)], f"L{self.layer}H{head}"
                difference = [
                    [None if x is None or y is None else y - x for x, y in zip(*pair, strict=True)]
                    for pair in zip(true, again, strict=True)
                ]
                lines.append(_gallery([
                    square(true, self.pieces, label, hue),
                    square(again, self.pieces, f"{label} {best}", hue),
                    square(difference, self.pieces, f"{label} difference", hue),
                ]))
        return "".join(lines) + table_html(self.stages)
