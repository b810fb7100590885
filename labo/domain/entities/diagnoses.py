"""The result of a diagnosis. `labo/domain/diagnosis/` computes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import fsum

from labo.domain.entities.reasons import Reason


class Verdict(StrEnum):
    CONFIRMED = "CONFIRMED"
    LIKELY = "LIKELY"
    INCONCLUSIVE = "INCONCLUSIVE"
    NO_PROBLEM = "NO_PROBLEM"


SURE = (Verdict.LIKELY, Verdict.CONFIRMED)
"""Verdicts that name a cause."""
SURENESS = (Verdict.NO_PROBLEM, Verdict.INCONCLUSIVE, *SURE)
"""All of them, the surest last."""


class Method(StrEnum):
    """How the first suspect was found.

    `LOCALISATION`: by dependencies, temporal order and deviations alone, so that no known problem
    is named. `CLASSIFICATION`: its robust z-scores were compared with known problems, by
    signatures or learnt weights, and one is named. `KNOWN_EDGES`: classification, and in addition
    each link from the suspect to the target is a supported or validated claim. LOCALISATION where
    there is no suspect.
    """

    LOCALISATION = "localisation"
    CLASSIFICATION = "classification"
    KNOWN_EDGES = "known_edges"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A hypothesis `problem@component`; `problem` is its title, None where no known one fits.

    Of two simultaneous problems, each has half of the probability that both are the cause.
    """

    component: str
    problem: str | None
    probability: float
    reasons: tuple[Reason, ...] = ()
    conditions: tuple[str, ...] = ()
    problem_key: str | None = None


def component_probabilities(suspects: Sequence[Suspect]) -> dict[str, float]:
    """Per component the probability that it is the cause, by whichever of the listed problems.

    Likeliest first, equal ones in the order of `suspects`. Four digits, as a suspect's own has:
    what the sum of two floats adds beyond them is nobody's probability.

    >>> unknown = Suspect("invoices", None, 0.33)
    >>> component_probabilities((Suspect("rooms", None, 0.4), Suspect("invoices", "slow", 0.25)))
    {'rooms': 0.4, 'invoices': 0.25}
    >>> component_probabilities((Suspect("invoices", "slow", 0.25), unknown))
    {'invoices': 0.58}
    """
    shares: dict[str, list[float]] = {}
    for suspect in suspects:
        shares.setdefault(suspect.component, []).append(suspect.probability)
    sums = {component: round(fsum(share), 4) for component, share in shares.items()}
    return dict(sorted(sums.items(), key=lambda one: -one[1]))


def probability_text(component: str, suspects: Sequence[Suspect]) -> str:
    """The component's probability; each problem's own behind it where several are on it.

    >>> slow, unknown = Suspect("invoices", "slow", 0.25), Suspect("invoices", None, 0.33)
    >>> probability_text("invoices", (slow, unknown))
    '58%: slow 25%, no known problem 33%'
    >>> probability_text("invoices", (slow,))
    '25%'
    """
    share = f"{component_probabilities(suspects)[component]:.0%}"
    parts = [
        f"{one.problem or 'no known problem'} {one.probability:.0%}"
        for one in suspects
        if one.component == component
    ]
    return f"{share}: {', '.join(parts)}" if len(parts) > 1 else share


@dataclass(frozen=True, slots=True)
class Chain:
    """From the cause (first) to the target (last): component names, with each hop's condition."""

    components: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A component, or one known problem (`problem_key`) on it, that is not the cause."""

    component: str
    reason: Reason
    problem_key: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result for one case, a pure value; the probabilities of `suspects` sum to at most 1.

    The suspects on the likeliest component come first; among them a known problem precedes an
    unknown one where the two are about equally likely. `chains` are those of the leading suspects
    that the target depends on. `next_metric` is the most informative `component:metric` that was
    not measured, or None. `sureness` is the probability that the leading component is right, by
    which the verdict was reached; 0 without a suspect.
    """

    case: str
    verdict: Verdict
    suspects: tuple[Suspect, ...]
    chains: tuple[Chain, ...]
    ruled_out: tuple[RuledOut, ...]
    missing: tuple[Reason, ...]
    next_metric: str | None
    took_ms: float = 0.0
    method: Method = Method.LOCALISATION
    sureness: float = 0.0


@dataclass(frozen=True, slots=True)
class Basis:
    """What was there to diagnose: telemetry until `as_of`, and the incident's occurrences, of which
    `ongoing` had not ended; `components` are the keys of theirs, sorted."""

    as_of: datetime
    occurrences: int
    ongoing: int
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A saved analysis of one incident. `model_version` names the algorithm's version.

    `changes` say what differs from the diagnosis before, and the evidence that came in between;
    none for the first. `basis` is None for one that was saved before there was any.
    """

    id: str
    incident: str
    model_version: str
    analysis: Analysis
    created_at: datetime | None = None
    basis: Basis | None = None
    changes: tuple[Reason, ...] = ()

    @property
    def method(self) -> Method:
        """How the first suspect was found."""
        return self.analysis.method
