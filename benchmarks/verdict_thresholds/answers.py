"""The answers to the robustness benchmark's cases, with the grounds that each rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from benchmarks.robustness.answers import Answer
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.variations import AS_IT_IS, Variation
from labo.domain.diagnosis.analyse import MAX_SUSPECTS
from labo.domain.diagnosis.chains import chains_from, states_between
from labo.domain.diagnosis.localisation.claims import is_claimable
from labo.domain.diagnosis.localisation.grid import build_grid
from labo.domain.diagnosis.localisation.ranking import rank
from labo.domain.diagnosis.localisation.shifts import symptoms_of
from labo.domain.diagnosis.localisation.signals import is_sure, is_unwell, observe_any
from labo.domain.diagnosis.propagation import propagation
from labo.domain.diagnosis.shrinkage import prior_shares
from labo.domain.diagnosis.sureness import Grounds, grounds, is_one_of_many
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.series import Case
from labo.domain.knowledge.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Rested:
    """One answer and what it rests on; `grounds` is None without a suspect, which is never claimed.

    `group` is what is left out together: the families made by hand are one. `incident` numbers the
    case within its family, the same under all variations. `is_free`: no limit on claims applies;
    `is_one_of_many` is the limit that came with the grounds.
    """

    group: str
    family: str
    variation: str
    incident: int
    is_normal: bool
    is_right: bool
    share: float = 0.0
    margin: float = 0.0
    grounds: Grounds | None = None
    is_free: bool = False
    is_one_of_many: bool = False


def answers_of(family: Family) -> Iterator[Rested]:
    """To incidents and normal windows, as the robustness benchmark asks them."""
    for number, case in enumerate(family.cases()):
        yield from _varied(family, family.variations, number, case, is_normal=False)
    others = tuple(one for one in family.variations if one != AS_IT_IS)
    asked: tuple[tuple[tuple[Variation, ...], Iterable[Case]], ...] = (
        ((AS_IT_IS,), family.normals()),
        (others, islice(family.normals(), 0, None, family.normal_stride)),
    )
    for variations, cases in asked:
        for number, case in enumerate(cases):
            yield from _varied(family, variations, number, case, is_normal=True)


def _varied(
    family: Family, variations: Iterable[Variation], number: int, case: Case, *, is_normal: bool
) -> Iterator[Rested]:
    for variation in variations:
        changed = variation.apply(case)
        if changed is not None:
            roots = changed.label if variation.is_answerable and not is_normal else ()
            found = Rested(
                "made by hand" if family.is_handmade else family.name,
                family.name,
                variation.name,
                number,
                is_normal,
                is_right=False,
            )
            yield _answered(replace(changed, name="case", label=()), roots, found)


def _answered(case: Case, roots: tuple[str, ...], found: Rested) -> Rested:
    """`found` with the answer to the case, as a diagnosis with an empty graph gives it."""
    grid = build_grid(case)
    context = observe_any(case, grid, symptoms_of(case, grid))
    ranked = rank(context) if context and is_unwell(context) else []
    if context is None or not ranked:
        return found
    prior, first = prior_shares(ranked), ranked[0].component
    shares = [round(share, 4) for share in prior.shares.values()]
    others = [*shares[1:], *prior.rivals.values()]
    listed = Answer(
        tuple(zip(prior.shares, shares, strict=True))[:MAX_SUSPECTS], Verdict.INCONCLUSIVE
    )
    path = states_between(chains_from(context, [first], propagation(case, Knowledge())), first)
    return replace(
        found,
        is_right=listed.has_within(1, roots),
        share=shares[0],
        margin=shares[0] - max(others, default=0.0),
        grounds=grounds(context, first, shares[0], others),
        is_free=is_sure(context)
        and path is not None
        and "normal" not in path
        and is_claimable(context, first),
        is_one_of_many=is_one_of_many(context, first),
    )
