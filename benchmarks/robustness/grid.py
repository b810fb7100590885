"""Every method on every case of a family under every variation."""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from multiprocessing import get_context
from statistics import mean

from benchmarks.robustness.answers import Answer, Ranker
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.rankers import CONTROLS, RANKERS
from benchmarks.robustness.variations import AS_IT_IS, Variation
from labo.domain.entities.diagnoses import SURE, Verdict
from labo.domain.entities.series import Case


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer to one case: `first` is the leading component, `within` whether the root is among
    the first one and the first three. `failure` is the traceback's last line, a miss."""

    case: str
    roots: tuple[str, ...]
    first: str
    within: tuple[bool, bool]
    verdict: Verdict
    is_wrong: bool
    ms: float
    failure: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether the verdict names a cause."""
        return self.verdict in SURE


@dataclass(frozen=True, slots=True)
class Row:
    """One family under one variation: the method's answers to the incidents (`scored`) and to
    `normal` windows, and the controls' top-1. The constant guess has the share of the family's
    commonest root; None where the root cannot be known."""

    family: str
    variation: str
    is_handmade: bool
    is_answerable: bool
    scored: tuple[Scored, ...]
    normal: tuple[Scored, ...]
    controls: Mapping[str, float | None]

    @property
    def top1(self) -> float | None:
        """Share of the cases whose root ranks first."""
        return mean(one.within[0] for one in self.scored) if self.is_answerable else None

    @property
    def top3(self) -> float | None:
        """Share of the cases whose root is among the first three."""
        return mean(one.within[1] for one in self.scored) if self.is_answerable else None

    @property
    def sure(self) -> int:
        """Cases whose verdict names a cause."""
        return sum(one.is_sure for one in self.scored)

    @property
    def wrong(self) -> int:
        """Those of them that name another than the root, or one where none can be known."""
        return sum(one.is_wrong for one in self.scored)

    @property
    def alarms(self) -> int:
        """Normal windows in which a cause is named."""
        return sum(one.is_sure for one in self.normal)

    @property
    def winners(self) -> tuple[str, ...]:
        """The controls that are better than the method."""
        if self.top1 is None:
            return ()
        return tuple(n for n, share in self.controls.items() if share and share > self.top1)


CONTROL_NAMES = (*CONTROLS, "constant guess")
NOT_COUNTED: Mapping[str, float | None] = dict.fromkeys(CONTROL_NAMES)
Varied = dict[str, tuple[Scored, ...]]
"""By variation one answer of each method."""
Labelled = tuple[tuple[str, ...], Varied]


def rows_of(
    family: Family, *, method: str, variations: Iterable[str] = (), jobs: int = 1
) -> Iterator[Row]:
    """The family's rows, all or those of the named `variations`."""
    named = set(variations)
    chosen = [one for one in family.variations if not named or one.name in named]
    if not chosen:
        return
    methods = (RANKERS[method], *CONTROLS.values())
    incidents = list(_each(partial(_varied, chosen, methods), family.cases(), jobs))
    normal = list(_normal(family, chosen, RANKERS[method], jobs))
    roots = Counter(roots for roots, _ in incidents)
    constant = max(roots.values()) / roots.total()
    for one in chosen:
        answers = [varied[one.name] for _, varied in incidents if one.name in varied]
        if answers:
            own, *others = (tuple(column) for column in zip(*answers, strict=True))
            calm = tuple(varied[one.name][0] for varied in normal if one.name in varied)
            controls = _controls(others, constant) if one.is_answerable else NOT_COUNTED
            yield Row(
                *(family.name, one.name, family.is_handmade, one.is_answerable),
                *(own, calm, controls),
            )


def _normal(
    family: Family, variations: Sequence[Variation], ranker: Ranker, jobs: int
) -> Iterator[Varied]:
    """The method's answers to the normal windows: to all as they are, else every n-th."""
    strided = islice(family.normals(), 0, None, family.normal_stride)
    others = [one for one in variations if one != AS_IT_IS]
    asked = (([AS_IT_IS], family.normals()), (others, strided))
    for chosen, cases in asked:
        if set(chosen) <= set(variations) and chosen:
            score = partial(_varied, chosen, (ranker,))
            yield from (varied for _, varied in _each(score, cases, jobs))


def _controls(scored: Sequence[Sequence[Scored]], constant: float) -> dict[str, float | None]:
    shares = (mean(one.within[0] for one in answers) for answers in scored)
    return dict(zip(CONTROL_NAMES, (*shares, constant), strict=True))


def _varied(variations: Sequence[Variation], rankers: Sequence[Ranker], case: Case) -> Labelled:
    """The case's label, and by variation what each method answers."""
    found: Varied = {}
    for variation in variations:
        changed = variation.apply(case)
        if changed is not None:
            asked = replace(changed, name="case", label=())  # the name of a case tells its root
            found[variation.name] = tuple(
                _scored(ranker, asked, changed, is_answerable=variation.is_answerable)
                for ranker in rankers
            )
    return case.label, found


def _scored(ranker: Ranker, asked: Case, known: Case, *, is_answerable: bool) -> Scored:
    """The answer to `asked`, which is `known` without its label."""
    started, failure = time.process_time(), ""
    try:
        answer = ranker(asked)
    except Exception as error:  # noqa: BLE001 - whatever a method raises is a miss of this case
        place = traceback.extract_tb(error.__traceback__)[-1]
        failure = f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"
        answer = Answer((), Verdict.INCONCLUSIVE)
    ms = (time.process_time() - started) * 1000
    within = answer.has_within(1, known.label), answer.has_within(3, known.label)
    return Scored(
        known.name,
        known.label,
        answer.ranked[0][0] if answer.ranked else "",
        within,
        answer.verdict,
        answer.is_sure and not (is_answerable and within[0]),
        round(ms, 1),
        failure,
    )


def _each(
    score: Callable[[Case], Labelled], cases: Iterable[Case], jobs: int
) -> Iterator[Labelled]:
    """In order; one at a time in this process, unless several `jobs` are asked for."""
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) if jobs > 1 else None
    with pool or nullcontext():
        results = pool.map(score, cases) if pool else map(score, cases)
        for number, result in enumerate(results, 1):
            if number % 10 == 0:
                print(f"  {number} cases", file=sys.stderr, flush=True)
            yield result
