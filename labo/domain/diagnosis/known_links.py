"""Known claims about the links of a chain: supported, validated or refuted ones.

A chain connects components, a claim problems. On each component of a chain these problems are
considered: on the first one the suspected problem, on all of them the one that the deviating metric
is an instance of and the known ones that the z-scores match, and on the target also that of its
alert. A proposed claim is not knowledge, and may stem from this very incident: it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labo.domain.causality.edges import KNOWN, EdgeStatus, Relation, edge_key
from labo.domain.causality.inference import inference_weight, is_refuted
from labo.domain.entities.conditions import metric_and_direction
from labo.domain.entities.diagnoses import Chain
from labo.domain.entities.problems import metric_problem
from labo.domain.entities.reasons import Reason, ReasonKind, reason
from labo.domain.entities.series import Case
from labo.domain.entities.topology import role_of
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge, KnownProblem

INFORMATIVE = (EdgeStatus.VALIDATED, EdgeStatus.SUPPORTED, EdgeStatus.REFUTED)
"""Statuses of claims that are informative, the most decisive first."""
THE_ALERT = "what its alert says"

Titles = Mapping[str, str]
"""Problem's key → its title."""


@dataclass(frozen=True, slots=True)
class KnownLink:
    """Claim `edge` from a problem on component `cause` to one on its caller `effect`.

    `status` is the claim's, but REFUTED where experiments refuted it in the case's system.
    """

    edge: KnownEdge
    status: EdgeStatus
    cause: str
    cause_title: str
    effect: str
    effect_title: str

    @property
    def is_proven(self) -> bool:
        """Whether the claim is supported or validated."""
        return self.status in KNOWN


Links = tuple[KnownLink | None, ...]
"""Per link of a chain, from the cause on; None where no claim is known."""


class KnownLinks:
    """Looks up the claims of one case. `shown(problem, component)` is above 0 where the z-scores
    there match this problem better than none."""

    def __init__(
        self,
        case: Case,
        knowledge: Knowledge,
        shown: Callable[[KnownProblem, str], float] = lambda _problem, _component: 0.0,
    ) -> None:
        self._case, self._shown = case, shown
        self._problems = {problem.key: problem for problem in knowledge.problems}
        self._from: dict[str, list[tuple[KnownEdge, EdgeStatus]]] = {}
        for edge in knowledge.edges:
            status = EdgeStatus.REFUTED if is_refuted(edge, case.system) else edge.status
            if edge.relation is Relation.CALLEE and status in INFORMATIVE:
                self._from.setdefault(edge.cause, []).append((edge, status))

    def along(self, chain: Chain, problem: str | None) -> Links:
        """Per link of `chain`, from the cause on, the best known claim, or None.

        `problem` is the key of the suspected problem on the first component. Of several claims a
        validated one comes first, then a supported one; of equals the one with the most weight.
        """
        cause, states = chain.components[0], chain.conditions
        names = self._deviation(cause, states[0])
        if problem is not None:
            names[problem] = self._title(problem)
        found: list[KnownLink | None] = []
        for effect, state in zip(chain.components[1:], states[1:], strict=True):
            at_hand = self._deviation(effect, state)
            links = self._links(names, cause, effect, at_hand)
            found.append(links[0] if links else None)
            names = at_hand | {one.edge.effect: one.effect_title for one in links if one.is_proven}
            cause = effect
        return tuple(found)

    def _links(self, names: Titles, cause: str, effect: str, at_hand: Titles) -> list[KnownLink]:
        if effect == self._case.target and self._case.problem:
            at_hand = {self._case.problem: THE_ALERT, **at_hand}
        links = [
            KnownLink(edge, status, cause, names[name], effect, self._title(edge.effect, at_hand))
            for name in sorted(names)
            for edge, status in self._from.get(name, ())
            if edge.effect in at_hand or self._is_shown(edge.effect, effect)
        ]
        return sorted(links, key=self._rank)

    def _rank(self, link: KnownLink) -> tuple[int, float, str, str]:
        weight = inference_weight(link.edge, self._case.system)
        return INFORMATIVE.index(link.status), -weight, link.edge.cause, link.edge.effect

    def _is_shown(self, key: str, component: str) -> bool:
        problem = self._problems.get(key)
        if problem is None or problem.role != role_of(self._case, component):
            return False
        return self._shown(problem, component) > 0

    def _deviation(self, component: str, state: str) -> dict[str, str]:
        """The problem that a deviating metric is evidence of."""
        if (deviation := metric_and_direction(state)) is None:
            return {}
        return {metric_problem(role_of(self._case, component), *deviation).key: " ".join(deviation)}

    def _title(self, key: str, at_hand: Titles | None = None) -> str:
        problem = self._problems.get(key)
        return problem.title if problem else (at_hand or {}).get(key, key)

    def reasons(self, links: Links) -> tuple[Reason, ...]:
        """One per known link, in the order of the chain."""
        return tuple(self._reason(link) for link in links if link is not None)

    def _reason(self, link: KnownLink) -> Reason:
        edge = link.edge
        return reason(
            ReasonKind.KNOWN_EDGE,
            edge=edge_key(edge.cause, edge.effect, edge.relation),
            component=link.cause,
            cause=link.cause_title,
            caller=link.effect,
            effect=link.effect_title,
            status=link.status.value,
            probability=round(edge.probability, 4),
            weight=round(inference_weight(edge, self._case.system), 4),
            hits=edge.hits,
            opportunities=edge.hits + edge.misses,
        )


def are_proven(links: Links, path: tuple[str, ...], *, is_matched: bool) -> bool:
    """Whether each link of a chain permits a CONFIRMED verdict; `path` are the states of the
    components between the cause and the target.

    Either every link is a supported or validated claim; or every link is an observed dependency
    whose components deviate, or are normal while the metrics at the cause match a known problem
    (`is_matched`). Never across a component without data, nor with a refuted claim.
    """
    if "unknown" in path or any(one and one.status is EdgeStatus.REFUTED for one in links):
        return False
    return "normal" not in path or is_matched or all(one and one.is_proven for one in links)
