"""The economy as a picture: shares by level as stacked bars, tokens per incident as a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from labo.errors import InvalidInput

_SIZE = (720, 360)
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 40, 70, 66
_COLOURS = {
    "memory": "#16a34a", "n1": "#2563eb", "n2": "#d97706", "n3": "#dc2626", "none": "#9ca3af",
}  # fmt: skip
_OTHER = "#6b7280"
_LINE = "#111827"


def write_plot(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the picture. Raises InvalidInput unless the path ends in .svg."""
    if path.suffix.lower() != ".svg":
        raise InvalidInput("only .svg can be drawn", where=str(path), hint="name it economy.svg")
    path.write_text(economy_svg(rows), encoding="utf-8")


def economy_svg(rows: Sequence[Mapping[str, Any]]) -> str:
    """A picture that needs nothing from elsewhere; `rows` as `labo escalation economy --json`."""
    width, height = _SIZE
    bottom, span = height - _BOTTOM, height - _BOTTOM - _TOP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="15">Resolved incidents by level</text>',
    ]
    most = max((row["tokens"] for row in rows), default=0) or 1
    for percent in range(0, 101, 25):
        y = bottom - span * percent / 100
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{width - _RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>')
        label = f"{most * percent / 100:.0f}"
        parts.append(f'<text x="{width - _RIGHT + 8}" y="{y + 4:.1f}">{label}</text>')
    step = (width - _LEFT - _RIGHT) / max(1, len(rows))
    points = []
    for i, row in enumerate(rows):
        middle = _LEFT + step * (i + 0.5)
        parts += _bar(row["levels"], middle, min(80.0, step * 0.6), bottom, span)
        name = escape(str(row["name"]))
        parts.append(f'<text x="{middle:.1f}" y="{bottom + 18}" text-anchor="middle">{name}</text>')
        points.append(f"{middle:.1f},{bottom - span * row['tokens'] / most:.1f}")
    line = " ".join(points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{_LINE}" stroke-width="2.5"/>')
    return "\n".join([*parts, *_legend(rows, height - 16), "</svg>", ""])


def _bar(
    levels: Mapping[str, float], middle: float, width: float, bottom: float, span: float
) -> list[str]:
    parts, below = [], 0.0
    for level, share in levels.items():
        top = bottom - span * (below + share)
        parts.append(
            f'<rect x="{middle - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" '
            f'height="{span * share:.1f}" fill="{_COLOURS.get(level, _OTHER)}"/>'
        )
        below += share
    return parts


def _legend(rows: Sequence[Mapping[str, Any]], y: float) -> list[str]:
    names = dict.fromkeys(level for row in rows for level in row["levels"])
    entries = [(name, _COLOURS.get(name, _OTHER)) for name in names]
    entries.append(("tokens per incident", _LINE))
    parts = []
    for i, (name, colour) in enumerate(entries):
        x = _LEFT + 100 * i
        parts.append(f'<rect x="{x}" y="{y - 10}" width="14" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 20}" y="{y}">{escape(name)}</text>')
    return parts
