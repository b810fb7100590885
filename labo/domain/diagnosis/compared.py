"""Two analyses of one incident, side by side: what differs, and what came in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from labo.domain.diagnosis.verdict import CONFIRMED_MARGIN
from labo.domain.entities.diagnoses import SURE, SURENESS, Analysis, Basis, Diagnosis
from labo.domain.entities.reasons import Reason, ReasonKind, reason

CHANGE_MARGIN = 0.15
"""How far ahead of the leading suspect another one must be to take the lead, by judgement: half of
what CONFIRMED needs. Between two that are equal, the answer so has twice the margin to go before it
changes back."""
CONTRADICTION_MARGIN = CONFIRMED_MARGIN
"""How far ahead it must be, in a sure answer, to take the lead whatever came since: the lead that
the surest verdict needs (design: causality, section 3, step 3)."""

ROUNDING = 1e-9
"""Probabilities have four digits; a difference of two of them is as exact as this."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The diagnosis that was saved, a new analysis, and what that is based on."""

    diagnosis: Diagnosis
    now: Analysis
    basis: Basis

    @property
    def before(self) -> Analysis:
        return self.diagnosis.analysis

    @property
    def as_of(self) -> str:
        """When the diagnosis before was made."""
        based = self.diagnosis.basis
        at = based.as_of if based else self.diagnosis.created_at
        return moment(at) if at else "earlier"

    @property
    def same_suspect(self) -> bool:
        return leader(self.before) == leader(self.now)

    @property
    def ahead(self) -> float:
        """By how much the suspect that leads now exceeds the one that led before."""
        return share(self.now, leader(self.now)) - share(self.now, leader(self.before))

    @property
    def rise(self) -> int:
        """How many verdicts surer the new one is; negative when it is weaker."""
        return SURENESS.index(self.now.verdict) - SURENESS.index(self.before.verdict)

    @property
    def was_sure(self) -> bool:
        return self.before.verdict in SURE

    @property
    def contradicts(self) -> bool:
        """Whether it surely leads elsewhere."""
        is_clear = self.ahead >= CONTRADICTION_MARGIN - ROUNDING
        return self.now.verdict in SURE and not self.same_suspect and is_clear

    @property
    def new_problem(self) -> bool:
        """Whether it says of the same component what its problem is, or that it is another one."""
        return self.same_suspect and self.problem_ahead >= CHANGE_MARGIN - ROUNDING

    @property
    def problem_ahead(self) -> float:
        """By how much the problem named now exceeds the one named before; 1 when none was."""
        old, new = problem(self.before), problem(self.now)
        if old == new:
            return 0.0
        if old is None:
            return 1.0
        component = leader(self.now)
        return share(self.now, component, new) - share(self.now, component, old)

    @property
    def says_more(self) -> bool:
        """Whether evidence came since that may speak against the answer. That occurrences ended is
        none: what remains is what remedies left."""
        old = self.diagnosis.basis
        if old is None:
            return True
        if came(old, self.basis):
            return True
        return self.basis.as_of > old.as_of and self.basis.ongoing >= old.ongoing

    @property
    def is_other_incident(self) -> bool:
        """Whether occurrences that the diagnosis was based on are no longer there: people split the
        incident."""
        old, new = self.diagnosis.basis, self.basis
        if old is None:
            return False
        return new.occurrences < old.occurrences or not {*old.components} <= {*new.components}

    @property
    def chance(self) -> float:
        """Of the symptom in normal windows, where the verdict is NO_PROBLEM."""
        found = (one.reason for one in self.now.ruled_out)
        chances = [r.values.get("chance") for r in found if r.kind is ReasonKind.TARGET_NORMAL]
        return next((float(c) for c in chances if isinstance(c, int | float)), 1.0)


def came(old: Basis, new: Basis) -> bool:
    """Whether occurrences or components came."""
    return new.occurrences > old.occurrences or bool({*new.components} - {*old.components})


def evidence(old: Basis | None, new: Basis) -> list[Reason]:
    """What came since."""
    if old is None:
        return []
    found: list[Reason] = []
    if new.occurrences != old.occurrences:
        counts = {"occurrences": new.occurrences, "earlier": old.occurrences}
        found.append(reason(ReasonKind.OCCURRENCES_CAME, **counts))
    if joined := sorted({*new.components} - {*old.components}):
        found.append(reason(ReasonKind.COMPONENTS_JOINED, components=", ".join(joined)))
    if new.ongoing < old.ongoing:
        counts = {"ongoing": new.ongoing, "earlier": old.ongoing}
        found.append(reason(ReasonKind.OCCURRENCES_ENDED, **counts))
    if new.as_of > old.as_of:
        until, before = moment(new.as_of), moment(old.as_of)
        found.append(reason(ReasonKind.TELEMETRY_CAME, until=until, earlier=before))
    return found


def differences(compared: Compared) -> list[Reason]:
    """How the answer differs, for whoever reads it."""
    found: list[Reason] = []
    old, new = compared.before, compared.now
    if old.verdict is not new.verdict:
        names = {"verdict": new.verdict.value, "earlier": old.verdict.value}
        found.append(reason(ReasonKind.VERDICT_CHANGED, **names))
    was, leads = leader(old), leader(new)
    if leads is None or was is None:
        return found
    now, earlier = share(new, leads), share(old, leads)
    if was != leads:
        left = share(new, was)
        found.append(
            reason(
                ReasonKind.SUSPECT_CHANGED,
                component=leads,
                probability=now,
                earlier=was,
                earlier_probability=left,
            )
        )
        return found
    if problem(old) != problem(new):
        names = {"problem": titled(new), "earlier": titled(old)}
        found.append(reason(ReasonKind.PROBLEM_CHANGED, component=leads, **names))
    if round(now, 2) != round(earlier, 2):
        shares = {"probability": now, "earlier": earlier}
        found.append(reason(ReasonKind.PROBABILITY_CHANGED, component=leads, **shares))
    return found


def findings(analysis: Analysis) -> tuple[object, ...]:
    """What makes an analysis another one: not how long it took."""
    return analysis.verdict, analysis.suspects, analysis.chains, analysis.missing


def leader(analysis: Analysis) -> str | None:
    """The component that is suspected first."""
    return analysis.suspects[0].component if analysis.suspects else None


def problem(analysis: Analysis) -> str | None:
    """The key of its problem, where one is known."""
    return analysis.suspects[0].problem_key if analysis.suspects else None


def titled(analysis: Analysis) -> str:
    """The leading suspect's problem, or what it is called where none is known."""
    return analysis.suspects[0].problem or "an unknown problem"


def share(analysis: Analysis, component: str | None, *problem_keys: str | None) -> float:
    """The probability of a component, of problems on it where given; 0 when not suspected."""
    return sum(
        one.probability
        for one in analysis.suspects
        if one.component == component and (not problem_keys or one.problem_key in problem_keys)
    )


def moment(at: datetime) -> str:
    """As reasons state a time."""
    return at.isoformat(timespec="seconds")
