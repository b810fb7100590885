"""JSON values of a kept state, of the type that is expected."""

from __future__ import annotations

from math import isfinite


def as_list(value: object) -> list[object]:
    """Raises TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def as_object(value: object) -> dict[str, object]:
    """Raises TypeError for anything else."""
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    return value


def as_number(value: object) -> float:
    """Raises TypeError for anything else, ValueError for what no float can hold."""
    if not isinstance(value, int | float):
        raise TypeError("a number is expected")
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError("a number is too large") from error


def as_count(value: object) -> int:
    """Raises as `as_number`, and ValueError for what is not finite."""
    number = as_number(value)
    if not isfinite(number):
        raise ValueError("a finite number is expected")
    return int(number)


def as_numbers(value: object) -> list[float]:
    """Raises as `as_list` and `as_number`."""
    return [as_number(one) for one in as_list(value)]
