"""A family of cases: one data set, or one kind of system made by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.robustness.variations import Variation
from labo.domain.entities.series import Case


def no_cases() -> Iterable[Case]:
    """A family without normal windows."""
    return ()


@dataclass(frozen=True, slots=True)
class Family:
    """`cases` yields incidents with their label, `normals` windows in which nothing happened; under
    variations only every `normal_stride`-th of these is asked, which bounds the time. `remark` is
    what a reader of the table must know."""

    name: str
    cases: Callable[[], Iterable[Case]]
    variations: tuple[Variation, ...]
    normals: Callable[[], Iterable[Case]] = no_cases
    normal_stride: int = 1
    is_handmade: bool = False
    remark: str = ""
