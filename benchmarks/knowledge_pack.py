"""What the knowledge pack is worth in systems that it was not learnt in, and whether it harms.

`python -m benchmarks.knowledge_pack [FAMILY...]`: every family of `benchmarks.robustness` as it is,
with an empty graph, with the pack, and with the pack under labels by chance. No public data set was
read when the pack was made, and the engine's systems here are none of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from benchmarks.robustness.rankers import RANKERS
from benchmarks.robustness.report import FAMILIES
from benchmarks.table import Table
from labo.domain.entities.series import Case

KNOWLEDGE = {
    "none": "labo",
    "the pack": "labo with the pack",
    "control: the pack, permuted": "labo with the pack, permuted",
}
"""What is known, by name, and the method of `rankers` that knows it."""
COLUMNS = (
    *("family", "knowledge", "cases", "top-1", "top-3", "gained", "lost", "LIKELY"),
    *("wrong LIKELY", "normal windows LIKELY"),
)


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer: whether the root ranks first, among the first three, and whether it is sure."""

    first: bool
    third: bool
    sure: bool


def run(families: Collection[str] = tuple(FAMILIES)) -> Table:
    """Each of the families with each knowledge."""
    rows = [row for name in families for row in _rows(name)]
    return Table("The knowledge pack in systems never seen", COLUMNS, rows, NOTES)


def _rows(name: str) -> Iterator[tuple[object, ...]]:
    print(f"  {name}", file=sys.stderr, flush=True)
    family = FAMILIES[name]
    asked = list(_answers(family.cases()))
    calm = list(_answers(islice(family.normals(), 0, None, family.normal_stride)))
    for title in KNOWLEDGE:
        own = [one[title] for one in asked]
        pairs = [(one["none"].first, one[title].first) for one in asked]
        alarms = sum(one[title].sure for one in calm)
        yield (
            family.name,
            title,
            len(own),
            sum(one.first for one in own) / len(own),
            sum(one.third for one in own) / len(own),
            sum(after and not before for before, after in pairs),
            sum(before and not after for before, after in pairs),
            sum(one.sure for one in own),
            sum(one.sure and not one.first for one in own),
            f"{alarms}/{len(calm)}" if calm else "–",
        )


def _answers(cases: Iterable[Case]) -> Iterator[dict[str, Scored]]:
    """What each knowledge answers to a case without its label or a name that tells it."""
    for case in cases:
        asked, found = replace(case, name="case", label=()), {}
        for title, method in KNOWLEDGE.items():
            answer = RANKERS[method](asked)
            found[title] = Scored(
                answer.has_within(1, case.label), answer.has_within(3, case.label), answer.is_sure
            )
        yield found


NOTES = (
    "A component's score is its probability, ties count against the method; gained and lost are "
    "cases whose root ranks first with this knowledge alone, or without it alone. What the pack "
    "knows, what it was never shown and how it does in the systems that it was learnt in, each "
    "left out once, is on its card (`labo/data/knowledge/README.md`).",
    "Permuted: another component of each labelled incident is its root cause, titles are shuffled "
    "over the incidents and signatures over the problems of a role.",
)

if __name__ == "__main__":
    for chosen in sys.argv[1:] or FAMILIES:
        print(run([chosen]).markdown(), flush=True)
