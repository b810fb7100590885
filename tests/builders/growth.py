"""How the time of a function grows with the length of hostile texts made for an expression."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

SHORT, LONG = 512, 4_096
"""Eight times as long: linear takes 8 times the time, quadratic 64 times."""
_ALLOWED = 24.0
"""Between the two, on a logarithmic scale."""
_UNDOUBTED_S = 0.002
"""Half a microsecond a character. Quadratic takes at least four times that for the long text."""
_STARTS = (8, 16, 20, 22, 26, 32, 64, 256, 512)
_STALLED_S = 0.1
"""What is exponential or cubic shows on texts this short, where a linear search takes nothing."""

GENERIC = (
    "a", "A", "0", "-", "_", " ", "\t", "\n", '"', "'", "\\", "/", ".", ":", "=", "@", "<", "(",
    "[", "{", "%", ",", ";", "é", "a ", "a1", "a-", "a.", "a=", "a:", "a/", '"a', "\\\"", "0 ",
    "0.", "0:", "0-", "ab=\"", "://", "a@", "<a", "[a", "0x", "\x1b[", "\x1b]", "%2", "a\n",
)  # fmt: skip
_NEVER = "\0"
"""No expression of the product asks for it, so nothing that ends with it matches at its end."""


def hostile_units(pattern: str) -> list[str]:
    """Texts to repeat: the expression's own words and classes, and beginnings of a match."""
    try:
        parsed = sre.parse(re.sub(r"\(\?P<\w+>|\(\?[a-z-]+:", "(?:", pattern.replace(r"\z", r"\Z")))
    except (re.error, RecursionError):
        return list(GENERIC)
    units = dict.fromkeys(GENERIC)
    examples = _examples(parsed, 0)
    for example in filter(None, examples):
        for cut in {1, len(example) // 2, len(example) - 1, len(example)}:
            if 0 < cut <= 60:
                units[example[:cut]] = None
    return list(units)[:160]


def _examples(parsed: Any, depth: int) -> list[str]:
    """A few texts that the parsed expression matches; every branch has at least one."""
    found, others = [""], []
    for kind, value in parsed:
        pieces = _pieces(kind, value, depth)
        others += pieces
        found = [(one + piece)[:200] for one, piece in _paired(found, pieces)]
    return list(dict.fromkeys((*found, *others)))[:60]


def _paired(found: list[str], pieces: list[str]) -> Iterator[tuple[str, str]]:
    for number in range(max(len(found), len(pieces))):
        yield found[number % len(found)], pieces[number % len(pieces)]


def _pieces(kind: Any, value: Any, depth: int) -> list[str]:
    if depth > 12:
        return [""]
    if kind is op.LITERAL:
        return [chr(value)]
    if kind is op.NOT_LITERAL:
        return ["a" if value != ord("a") else "b"]
    if kind is op.ANY:
        return ["a"]
    if kind is op.IN:
        return _of_class(value)
    if kind is op.BRANCH:
        return [text for branch in value[1] for text in _examples(branch, depth + 1)[:3]]
    if kind in (op.SUBPATTERN, op.ATOMIC_GROUP):
        return _examples(value[-1] if kind is op.SUBPATTERN else value, depth + 1)[:12]
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, _, inner = value
        return [text * max(min(least, 40), 1) for text in _examples(inner, depth + 1)[:6]]
    return [""]


def _of_class(members: Any) -> list[str]:
    categories = {
        op.CATEGORY_DIGIT: "0", op.CATEGORY_SPACE: " ", op.CATEGORY_WORD: "a",
        op.CATEGORY_NOT_DIGIT: "a", op.CATEGORY_NOT_SPACE: "a", op.CATEGORY_NOT_WORD: "-",
    }  # fmt: skip
    if members[0][0] is op.NEGATE:
        return ["a", "0"]
    found = []
    for kind, value in members:
        if kind is op.LITERAL:
            found.append(chr(value))
        elif kind is op.RANGE:
            found.append(chr(value[0]))
        elif kind is op.CATEGORY:
            found.append(categories.get(value, "a"))
    return found[:4] or ["a"]


def seconds(work: Callable[[str], object], text: str, repeats: int = 1) -> float:
    """The least processor time of so many calls."""
    least = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work(text)
        least = min(least, time.process_time() - start)
    return least


def superlinear(
    work: Callable[[str], object], units: list[str], undoubted_s: float = _UNDOUBTED_S
) -> str | None:
    """What shows that the time grows faster than the text; None where nothing does.

    What takes less than `undoubted_s` for the long text is not looked at closer.
    """
    for unit in units:
        for end in ("", _NEVER):
            for size in _STARTS:
                text = (unit * (size // len(unit) + 1))[:size] + end
                if seconds(work, text) > _STALLED_S and seconds(work, text) > _STALLED_S:
                    return f"{size} characters of {unit!r}: stalled"
            long = (unit * (LONG // len(unit) + 1))[:LONG] + end
            if seconds(work, long) < undoubted_s:
                continue
            short = (unit * (SHORT // len(unit) + 1))[:SHORT] + end
            slow, quick = seconds(work, long, 3), seconds(work, short, 5)
            if slow > undoubted_s and slow > _ALLOWED * quick:
                return f"repeated {unit!r}: {quick * 1e3:.2f} ms, then {slow * 1e3:.1f} ms"
    return None
