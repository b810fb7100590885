"""What memory holds of how an incident like this one was solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.keys import system_and_name
from labo.domain.escalation.action_templates import ParameterType, Template, Value
from labo.domain.escalation.memory_confidence import ActionRecord, PastExecution, Question
from labo.domain.knowledge.calibration import Calibration, Claim, calibrate, calibration_figures

FAST_TRACK = 0.8
"""Probability above which a known solution is taken without asking a model (specification S2)."""
SURE_FROM = 0.9
"""Probability above which memory calls it sure, where its newest executions all helped. By
judgement: on generated histories 6 of 100 such solutions do not help, of those above `FAST_TRACK`
8 to 10 (docs/memory.md); what is surer still is rare."""


@dataclass(frozen=True, slots=True)
class KnownSolution:
    """The action that resolved incidents like this one. `probability` is the calibrated probability
    that it resolves this one; `false_fire_rate` the upper bound (95 %) of the share of such
    solutions that did not help; `incidents` (ids) are those that taught it. `is_unbroken`: its
    newest executions all helped."""

    template_id: str
    parameters: Mapping[str, Value]
    probability: float
    false_fire_rate: float
    incidents: tuple[str, ...]
    is_unbroken: bool = True

    @property
    def is_sure(self) -> bool:
        """Whether it may be taken without asking a model, as far as memory is concerned."""
        return self.is_unbroken and self.probability > SURE_FROM


def own_calibration(foreseen: Sequence[tuple[float, bool]]) -> Calibration:
    """The correction by a workspace's own record: (probability foreseen, whether it helped) of the
    actions that were executed, whoever chose them."""
    return calibrate([Claim(chance, helped, Verdict.LIKELY) for chance, helped in foreseen])


def false_fire_bound(foreseen: Sequence[tuple[float, bool]], calibration: Calibration) -> float:
    """Upper bound (95 %, Clopper and Pearson) of the share that did not help of those that memory
    was sure of; 1 where there was none.

    >>> round(false_fire_bound([(0.97, True)] * 60, Calibration()), 2)
    0.05
    """
    sure = [
        Claim(chance, helped, Verdict.CONFIRMED)
        for chance, helped in foreseen
        if calibration.apply(chance) > SURE_FROM
    ]
    return calibration_figures(sure).wrong_confirmed_bound


def best_cure(question: Question, record: ActionRecord) -> PastExecution:
    """The execution whose parameters are used again: on this component first, then against this
    problem, then in the most similar incident; of equals the newest. `record` has a cure."""

    def closeness(one: PastExecution) -> tuple[bool, bool, float]:
        same = one.problem == question.problem
        similar = question.similarities.get(one.incident, 0.0)
        return same and one.component == question.component, same, similar

    return max(record.cures, key=closeness)


def retargeted(cure: PastExecution, template: Template, component: str) -> dict[str, Value]:
    """The parameters of `cure`, aimed at `component` (name) where they named its own component."""
    own = system_and_name(cure.component)[1]
    components = {p.name for p in template.parameters if p.type is ParameterType.COMPONENT}
    return {
        name: component if name in components and value == own else value
        for name, value in cure.parameters.items()
    }
