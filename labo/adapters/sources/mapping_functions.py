"""Functions of mappings' expressions beside JMESPath's own, which has no arithmetic.

`add(a, b)`, `subtract(a, b)`, `multiply(a, b)`, `divide(a, b)`: numbers, or text that is one.
`epoch_ms(x)`, `epoch_us(x)`, `epoch_ns(x)`: a count since 1970 in that unit as a time; without them
the unit is found by the count's size. `from_json(text)`: the value of JSON within JSON.
`lower(text)`, `split(text, mark)`. Null goes through all of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable

from jmespath import functions

_LONGEST_NUMBER = 40
"""Characters of a number as text; reading one costs the square of its length."""
_ANY: dict[str, list[str]] = {"types": []}
_MICROS = {"ms": 1_000.0, "us": 1.0, "ns": 0.001}


class MappingFunctions(functions.Functions):  # type: ignore[misc]
    """What a mapping may call. A value that does not fit gives null, or ValueError."""

    @functions.signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_add(self, left: object, right: object) -> object:
        return _result(left, right, lambda a, b: a + b)

    @functions.signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_subtract(self, left: object, right: object) -> object:
        return _result(left, right, lambda a, b: a - b)

    @functions.signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_multiply(self, left: object, right: object) -> object:
        return _result(left, right, lambda a, b: a * b)

    @functions.signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_divide(self, left: object, right: object) -> object:
        return _result(left, right, lambda a, b: a / b if b else math.nan)

    @functions.signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_epoch_ms(self, count: object) -> object:
        return _seconds(count, "ms")

    @functions.signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_epoch_us(self, count: object) -> object:
        return _seconds(count, "us")

    @functions.signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_epoch_ns(self, count: object) -> object:
        return _seconds(count, "ns")

    @functions.signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_from_json(self, text: object) -> object:
        return json.loads(text) if isinstance(text, str) else text

    @functions.signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_lower(self, text: object) -> object:
        return text.lower() if isinstance(text, str) else text

    @functions.signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_split(self, text: object, mark: object) -> object:
        if not isinstance(text, str) or not isinstance(mark, str):
            return None
        return text.split(mark)


def _result(left: object, right: object, of: Callable[[float, float], float]) -> object:
    one, other = _number(left), _number(right)
    if one is None or other is None:
        return None
    result = of(one, other)
    if not math.isfinite(result):
        raise ValueError("no finite number")
    return result


def _seconds(count: object, unit: str) -> object:
    """Seconds since 1970, which a time is read from; whole microseconds."""
    number = _number(count)
    return None if number is None else round(number * _MICROS[unit]) / 1_000_000


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None or value == "":
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        return int(value) if value.strip().isdigit() else float(value)
    raise ValueError("expected a number")
