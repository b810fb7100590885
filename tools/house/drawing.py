"""Boxes, words and arrows as SVG, without a library and without anything from elsewhere."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

INK, SOFT, LINE, ALARM = "#1f2a37", "#52606d", "#7b8794", "#c81e1e"
SIZES = {"title": 17.0, "name": 14.0, "small": 12.0, "rule": 11.5, "chip": 11.0}
LETTER = 0.545
"""Mean width of a letter, in sizes of the type: of DejaVu Sans, the widest font named below."""
CHIP_GAP = 6.0


class Drawing:
    """Shapes in the order in which they are drawn: what comes later covers what came before."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def box(self, x: float, y: float, w: float, h: float, fill: str, title: str = "") -> None:
        """`title` is what a browser shows while the mouse rests on the box."""
        inside = f"<title>{escape(title, quote=False)}</title>" if title else ""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="7" '
            f'fill="{fill}" stroke="{LINE}">{inside}</rect>'
        )

    def text(self, x: float, y: float, text: str, kind: str, *, middle: bool = False) -> None:
        """One line; `kind` is one of `SIZES`. `x` is its left end or its middle."""
        anchor = ' text-anchor="middle"' if middle else ""
        words = escape(text, quote=False)
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}"{anchor}>{words}</text>')

    def lines(self, x: float, y: float, lines: Sequence[str], *, middle: bool = False) -> None:
        """Lines of a rule below each other."""
        for number, line in enumerate(lines):
            self.text(x, y + 15 * number, line, "rule", middle=middle)

    def area(self, path: str, fill: str) -> None:
        self._parts.append(f'<path d="{path}" fill="{fill}" stroke="{LINE}"/>')

    def arrow(self, path: str, stroke: str = LINE) -> None:
        self._parts.append(
            f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="1.4" '
            'marker-end="url(#head)"/>'
        )

    def chips(self, x: float, y: float, names: Sequence[str], fill: str) -> None:
        """Small labels in a row."""
        for name in names:
            wide = chip_width(name)
            self.box(x, y, wide, 18, fill)
            self.text(x + wide / 2, y + 13, name, "chip", middle=True)
            x += wide + CHIP_GAP

    def document(self, width: float, height: float) -> str:
        """The whole picture."""
        return "\n".join((*_head(width, height), *self._parts, "</svg>")) + "\n"


def _head(width: float, height: float) -> tuple[str, ...]:
    sizes = "".join(f".{kind}{{font-size:{size}px}}" for kind, size in SIZES.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<style>text{{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif;fill:{INK}}}{sizes}"
        f".title,.name,.small{{font-weight:bold}}.rule{{fill:{SOFT}}}</style>",
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="{LINE}"/></marker>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
    )


def wrapped(text: str, width: float) -> list[str]:
    """Lines of a rule that fit into `width`; backquotes are removed."""
    return textwrap.wrap(text.replace("`", ""), max(8, int(width / (SIZES["rule"] * LETTER))))


def chip_width(name: str) -> float:
    return len(name) * SIZES["chip"] * LETTER + 18


def chip_rows(names: Sequence[str], width: float) -> list[list[str]]:
    """The names in as many rows as `width` asks for."""
    rows: list[list[str]] = []
    left = 0.0
    for name in names:
        wide = chip_width(name) + CHIP_GAP
        if not rows or wide > left:
            rows.append([])
            left = width
        rows[-1].append(name)
        left -= wide
    return rows
