"""The grid as one table, with its summary below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import mean, median

from benchmarks.robustness.families import (
    engine,
    handmade,
    nezha,
    petshop,
    rootcausebench,
    sockshop,
)
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.grid import Row, rows_of
from benchmarks.table import Table

FAMILIES: Mapping[str, Family] = {
    "petshop": petshop.FAMILY,
    "sockshop": sockshop.FAMILY,
    "nezha": nezha.FAMILY,
    "rootcausebench": rootcausebench.FAMILY,
    "engine": engine.FAMILY,
    **handmade.FAMILIES,
}
"""By the name on the command line, in the order of the table."""
METHOD = "labo"
COLUMNS = (
    *("family", "variation", "cases", "top-1", "top-3", "LIKELY or CONFIRMED", "of these wrong"),
    "normal windows LIKELY",
    *("largest deviation", "largest reachable", "constant guess", "better control"),
)


def run() -> Table:
    """All families and variations with the present diagnosis."""
    rows = [row for family in FAMILIES.values() for row in rows_of(family, method=METHOD)]
    return table_of(rows, METHOD)


def table_of(rows: Sequence[Row], method: str) -> Table:
    """One line for each row of the grid."""
    return Table(
        f"Robustness: root-cause component under control variations ({method})",
        COLUMNS,
        [_cells(row) for row in rows],
        tuple(_notes(rows)),
    )


def _cells(row: Row) -> tuple[object, ...]:
    count = len(row.scored)
    return (
        row.family,
        row.variation,
        count,
        _share(row.top1),
        _share(row.top3),
        row.sure / count,
        f"{row.wrong / count:.3f} ({row.wrong}/{row.sure})",
        f"{row.alarms}/{len(row.normal)}" if row.normal else "–",
        *(_share(share) for share in row.controls.values()),
        "**" + ", ".join(row.winners) + "**" if row.winners else "",
    )


def _share(value: float | None) -> object:
    return "–" if value is None else float(value)


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    for title, is_handmade in (("public data and the engine", False), ("made by hand", True)):
        chosen = [row for row in rows if row.is_handmade == is_handmade]
        if chosen:
            yield f"{title.capitalize()}: {_summary(chosen)}"
    yield (
        "Ties count against the method and against the controls. Of LIKELY or CONFIRMED, wrong is "
        "what names another component than the root; where the root's telemetry was removed, and "
        "in normal windows, all are. The share is of all cases. A method sees no label. "
        "The controls' score of a component is the largest floored deviation over its metrics."
    )
    if any(row.is_handmade for row in rows):
        yield (
            "Families named `made` are small simulations written for this table, eight incidents "
            "each: they show what a method cannot do, not how often it is right in the field."
        )
    shown = {row.family for row in rows}
    for family in FAMILIES.values():
        if family.remark and family.name in shown:
            yield f"{family.name}: {family.remark}."
    yield from _failures(rows)


def _summary(rows: Sequence[Row]) -> str:
    shares = [row.top1 for row in rows if row.top1 is not None]
    cases = sum(len(row.scored) for row in rows)
    windows = sum(len(row.normal) for row in rows)
    sure, wrong, alarms = (
        sum(getattr(row, name) for row in rows) for name in ("sure", "wrong", "alarms")
    )
    lost = sum(bool(row.winners) for row in rows)
    times = [one.ms for row in rows for one in row.scored]
    parts = [
        f"mean top-1 {mean(shares):.3f} over {len(shares)} rows" if shares else "no top-1",
        f"{lost} rows won by a control",
        f"{wrong / cases:.3f} wrong LIKELY ({wrong} of {sure} in {cases} cases)",
        f"{alarms} of {windows} normal windows LIKELY",
        f"CPU time a case: median {median(times):.1f} ms, largest {max(times):.0f} ms",
    ]
    return "; ".join(parts) + "."


def _failures(rows: Iterable[Row]) -> Iterator[str]:
    """What a method raised, which counts as a miss."""
    raised: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], str] = {}
    for row in rows:
        for one in (*row.scored, *row.normal):
            if one.failure:
                kind = row.family, row.variation, one.failure
                raised[kind] += 1
                examples.setdefault(kind, one.case)
    for kind, count in raised.items():
        family, variation, failure = kind
        yield f"Raised in {count} cases of {family}, {variation}: {failure}, as {examples[kind]}."
