"""One picture a sequence: the faults, and below each what was shown while time went on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby

from benchmarks.live.moments import Moment, State
from benchmarks.live.results import SequenceResult, StepResult

COLOURS: Mapping[State, str] = {
    State.NOTHING: "#e5e7eb",
    State.UNDIAGNOSED: "#9ca3af",
    State.RIGHT: "#16a34a",
    State.UNSURE: "#f59e0b",
    State.SURE_AND_WRONG: "#dc2626",
}
_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 900, 260, 20, 44, 46, 64
_FAULT = "#1f2937"


def svg(result: SequenceResult) -> str:
    """Seconds of the sequence from left to right, a row a fault: above the time it lasted, below
    the state of the answer until it changed. Needs nothing from elsewhere."""
    height = _TOP + _ROW * len(result.steps) + _BOTTOM
    span = max(1.0, result.ended - result.began)
    title = f"{result.name} ({', '.join(result.apps)})"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        f'<text x="16" y="24" font-size="15">{escape(title)}</text>',
    ]
    for number, step in enumerate(result.steps):
        parts += _row(result, step, span, _TOP + _ROW * number)
    parts += _axis(span, height - _BOTTOM + 8)
    parts += _legend(height - 16)
    return "\n".join([*parts, "</svg>", ""])


def _x(seconds: float, span: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * seconds / span


def _row(result: SequenceResult, step: StepResult, span: float, y: float) -> list[str]:
    start, end = (_x(t - result.began, span) for t in (step.times.began, step.times.ended))
    name = escape(f"{step.number}: {step.kind}, {step.component}")
    parts = [
        f'<text x="16" y="{y + 18}">{name}</text>',
        f'<rect x="{start:.1f}" y="{y}" width="{end - start:.1f}" height="8" fill="{_FAULT}"/>',
    ]
    offset = step.times.began - result.began
    for one, end_s in _changes(step.moments):
        left, right = _x(offset + one.at_s, span), _x(offset + end_s, span)
        shown = escape(f"{one.at_s:.0f} s: {one.verdict} {one.suspect} {one.title}".strip())
        parts.append(
            f'<rect x="{left:.1f}" y="{y + 12}" width="{right - left:.1f}" height="18" '
            f'fill="{COLOURS[one.state]}"><title>{shown}</title></rect>'
        )
    return parts


def _changes(moments: Sequence[Moment]) -> Iterator[tuple[Moment, float]]:
    """Each moment from which on something else was shown, and until when (seconds)."""
    firsts = [next(same) for _, same in groupby(moments, _what)]
    ends = [*(one.at_s for one in firsts[1:]), *(one.at_s for one in moments[-1:])]
    yield from zip(firsts, ends, strict=True)


def _what(moment: Moment) -> tuple[str, ...]:
    return moment.state, moment.incident, moment.verdict, moment.suspect, moment.title


def _axis(span: float, y: float) -> list[str]:
    minutes = int(span // 60)
    every = max(1, minutes // 10)
    return [
        f'<text x="{_x(60.0 * minute, span):.1f}" y="{y + 8}" text-anchor="middle">{minute} min'
        "</text>"
        for minute in range(0, minutes + 1, every)
    ]


def _legend(y: float) -> list[str]:
    entries = [("fault", _FAULT), *((state.value, colour) for state, colour in COLOURS.items())]
    parts = []
    for number, (name, colour) in enumerate(entries):
        x = 16 + 145 * number
        parts.append(f'<rect x="{x}" y="{y - 10}" width="14" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 20}" y="{y}">{name}</text>')
    return parts
