"""What the knowledge pack is worth in systems that it was not learnt in, and whether it harms.

`python -m benchmarks knowledge_pack`: every family of `benchmarks.robustness` as it is, with an
empty graph, with the pack, and with the pack under labels by chance. No public data set was read
when the pack was made, and the engine's systems here are none of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache

from benchmarks.robustness.families.family import Family
from benchmarks.robustness.grid import Row, rows_of
from benchmarks.robustness.report import FAMILIES
from benchmarks.robustness.variations import AS_IT_IS
from benchmarks.table import Table

KNOWLEDGE = {
    "none": "labo",
    "the pack": "labo with the pack",
    "control: the pack, permuted": "labo with the pack, permuted",
}
"""What is known, by name, and the method of `rankers` that knows it."""
COLUMNS = (
    *("family", "knowledge", "cases", "top-1", "top-3", "LIKELY or CONFIRMED", "of these wrong"),
    *("normal windows LIKELY", "ms a case, median"),
)


def run() -> Table:
    """Each family with each knowledge."""
    rows = list(_rows())
    return Table("The knowledge pack in systems never seen", COLUMNS, rows, NOTES)


def _rows() -> Iterator[tuple[object, ...]]:
    for name, family in FAMILIES.items():
        print(f"  {name}", file=sys.stderr, flush=True)
        held = _held(family)
        for title, method in KNOWLEDGE.items():
            [row] = rows_of(held, method=method, variations=(AS_IT_IS.name,))
            yield _cells(title, row)


def _held(family: Family) -> Family:
    """The family whose cases are read or simulated once."""
    cases, normals = cache(lambda: list(family.cases())), cache(lambda: list(family.normals()))
    return Family(
        family.name, cases, family.variations, normals, family.normal_stride, family.is_handmade
    )


def _cells(title: str, row: Row) -> tuple[object, ...]:
    times = sorted(one.ms for one in row.scored)
    return (
        row.family,
        title,
        len(row.scored),
        row.top1,
        row.top3,
        row.sure,
        row.wrong,
        f"{row.alarms}/{len(row.normal)}" if row.normal else "–",
        round(times[len(times) // 2]),
    )


NOTES = (
    "A component's score is its probability, ties count against the method. What the pack knows, "
    "what it was never shown and how it does in the systems that it was learnt in, each left out "
    "once, is on its card (`labo/data/knowledge/README.md`).",
    "Permuted: another component of each labelled incident is its root cause, titles are shuffled "
    "over the incidents and signatures over the problems of a role.",
    "Weights are fitted once for each set of measured metrics, which is the time of first cases.",
)
