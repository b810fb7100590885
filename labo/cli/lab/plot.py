"""The running accuracy of a run of the lab, for the terminal and as an SVG picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labo.domain.lab.reports import BLOCK, Point

WIDTH, HEIGHT = 60, 10
_LINES: tuple[tuple[str, str, str, Callable[[Point], float]], ...] = (
    ("component", "o", "#2563eb", lambda point: point.localised),
    ("component and problem", "*", "#d97706", lambda point: point.named),
)
_SIZE = (720, 360)
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 44, 20, 60


def chart(points: Sequence[Point]) -> list[str]:
    """Lines of text: one column a round, or a mean of several; empty without points."""
    if not points:
        return []
    columns = min(WIDTH, len(points))
    cells = [[" "] * columns for _ in range(HEIGHT + 1)]
    for column in range(columns):
        part = points[column * len(points) // columns : (column + 1) * len(points) // columns]
        for _, mark, _, of in _LINES:
            share = sum(of(point) for point in part) / len(part)
            row = HEIGHT - round(share * HEIGHT)
            cells[row][column] = "@" if cells[row][column] not in (" ", mark) else mark
    lines = [f"{100 - row * 100 // HEIGHT:>4} % |{''.join(line)}" for row, line in enumerate(cells)]
    legend = ", ".join(f"{mark} {name}" for name, mark, _, _ in _LINES)
    lines.append(f"       +{'-' * columns}")
    lines.append(f"        round {points[0].number} to {points[-1].number}; {legend}, @ both;")
    lines.append(f"        share of the last {BLOCK} rounds with a fault")
    return lines


def svg(points: Sequence[Point], title: str) -> str:
    """The same as a picture that needs nothing from elsewhere."""
    width, height = _SIZE
    right, bottom = width - _RIGHT, height - _BOTTOM
    first, last = (points[0].number, points[-1].number) if points else (0, 1)

    def point_at(number: int, share: float) -> str:
        x = _LEFT + (right - _LEFT) * (number - first) / max(1, last - first)
        return f"{x:.1f},{bottom - (bottom - _TOP) * share:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="15">{_escaped(title)}</text>',
    ]
    for percent in range(0, 101, 20):
        y = bottom - (bottom - _TOP) * percent / 100
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>')
    for number in dict.fromkeys((first, (first + last) // 2, last)):
        at = point_at(number, 0).partition(",")[0]
        parts.append(f'<text x="{at}" y="{bottom + 20}" text-anchor="middle">{number}</text>')
    for i, (name, _, colour, of) in enumerate(_LINES):
        line = " ".join(point_at(point.number, of(point)) for point in points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        )
        x, y = _LEFT + 330 * i, height - 14
        parts.append(f'<rect x="{x}" y="{y - 10}" width="16" height="10" fill="{colour}"/>')
        summary = f"{name}, of the last {BLOCK} rounds"
        parts.append(f'<text x="{x + 24}" y="{y}">{summary}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
