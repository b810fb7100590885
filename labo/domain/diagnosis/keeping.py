"""Whether a new analysis of an incident replaces its diagnosis, and what changed.

An answer that was right when it was given is to stay while the incident is looked at: figures move
with every value of telemetry, and when remedies show, there is less to see than at the height. So
the change of an answer needs a margin, as a thermostat does, and one to a weaker answer needs
evidence that came since. What clearly contradicts the answer is followed at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from labo.domain.diagnosis.compared import (
    CHANGE_MARGIN,
    CONTRADICTION_MARGIN,
    ROUNDING,
    Compared,
    came,
    differences,
    evidence,
    findings,
    leader,
    problem,
    share,
    titled,
)
from labo.domain.diagnosis.follow_up import is_first_look
from labo.domain.diagnosis.localisation.symptom import DOUBTFUL_RATE, FALSE_ALARM_RATE
from labo.domain.diagnosis.verdict import CONFIRMED_PROBABILITY, LIKELY_PROBABILITY
from labo.domain.entities.diagnoses import SURE, Analysis, Basis, Diagnosis, Verdict
from labo.domain.entities.reasons import Reason, ReasonKind, reason

KEPT_BELOW = CHANGE_MARGIN
"""How far below the line of its verdict the probability of being right may fall before the verdict
does: the margin that a change of the leading suspect needs. On families left out (docs/adr/0050)
1,352 of 3,033 answers are above that, 70 of them wrong (2.3 % of all, the aim is 4 %)."""
FALL_BELOW = LIKELY_PROBABILITY - KEPT_BELOW
"""Probability of being right below which LIKELY falls."""
CONFIRMED_FALLS_BELOW = CONFIRMED_PROBABILITY - KEPT_BELOW
"""The same for CONFIRMED."""
STILL_STRONG = 0.25
"""Share of the suspect that led a sure answer from which it is not clearly out, although another
one leads now, or although its problem, which was recognised, is no more (`claiming.LEAST_MARGIN`
below its line there). By judgement; docs/adr/0030."""
CLEARLY_NORMAL = 2 * FALSE_ALARM_RATE
"""Chance of the symptom from which an open question ends as NO_PROBLEM: twice the rate at which a
symptom is present, where false alarms double (`localisation.symptom`)."""


@dataclass(frozen=True, slots=True)
class Reassessed:
    """`replaces`: the new analysis is the diagnosis from now on. `reasons` then say what changed,
    otherwise why the one before stays."""

    replaces: bool
    reasons: tuple[Reason, ...] = ()


def reassess(before: Diagnosis | None, analysis: Analysis, basis: Basis) -> Reassessed:
    """Compare a new analysis, and what it is based on, with the diagnosis `before`.

    The same analysis again never replaces it. Another leading suspect, or a weaker verdict, needs a
    margin, and evidence that came since: new occurrences or components, or later telemetry while as
    many occurrences last; and who led a sure answer has to be clearly below its line. A surer or
    more precise answer about the same component needs neither, and a sure answer that puts another
    component ahead by `CONTRADICTION_MARGIN` always replaces; so does any answer once occurrences
    were taken out of the incident, which is another one then.
    """
    if before is None:
        return Reassessed(True)
    compared = Compared(before, analysis, basis)
    if findings(before.analysis) == findings(analysis):
        return Reassessed(False, (reason(ReasonKind.SAME_FINDINGS, as_of=compared.as_of),))
    objection = _objection(compared)
    if objection:
        return Reassessed(False, (objection,))
    return Reassessed(True, (*evidence(before.basis, basis), *differences(compared)))


def _objection(compared: Compared) -> Reason | None:
    """Why the diagnosis before stays, or None."""
    if compared.contradicts or compared.is_other_incident or is_first_look(compared.before):
        return None
    if not compared.says_more:
        is_refined = compared.same_suspect and compared.rise > 0
        is_first = not compared.was_sure and compared.now.verdict in SURE
        if is_refined or is_first or (compared.new_problem and compared.rise >= 0):
            return None
        return reason(ReasonKind.LESS_EVIDENCE, as_of=compared.as_of)
    if compared.now.verdict is Verdict.NO_PROBLEM:
        return _still_abnormal(compared)
    if compared.same_suspect:
        return _same_suspect(compared)
    return _other_suspect(compared)


def _still_abnormal(compared: Compared) -> Reason | None:
    """A sure answer is given up only where the symptom is not even doubtful any more."""
    line = DOUBTFUL_RATE if compared.was_sure else CLEARLY_NORMAL
    if compared.rise == 0 or compared.chance >= line:
        return None
    return reason(ReasonKind.STILL_ABNORMAL, chance=compared.chance, line=line)


def _same_suspect(compared: Compared) -> Reason | None:
    if compared.rise > 0:
        return None
    if compared.rise < 0:
        return _still_near(compared)
    component = leader(compared.now)
    if component is None:
        return None
    if problem(compared.before) != problem(compared.now) and not compared.new_problem:
        return _too_small(titled(compared.now), titled(compared.before), compared.problem_ahead)
    now, earlier = share(compared.now, component), share(compared.before, component)
    is_moved = abs(now - earlier) >= CHANGE_MARGIN - ROUNDING
    old = compared.diagnosis.basis
    if is_moved or compared.new_problem or old is None or came(old, compared.basis):
        return None
    return reason(
        ReasonKind.LITTLE_CHANGED,
        component=component,
        probability=now,
        earlier=earlier,
        margin=CHANGE_MARGIN,
        as_of=compared.as_of,
    )


def _still_near(compared: Compared) -> Reason | None:
    """Of a weaker verdict on the same suspect: whether it is near the line that it fell below."""
    was, now = compared.before.verdict, compared.now.sureness
    line = FALL_BELOW
    if was is Verdict.CONFIRMED and compared.now.verdict is Verdict.LIKELY:
        line = CONFIRMED_FALLS_BELOW
        if now >= CONFIRMED_PROBABILITY:
            return None  # it is not the probability: a link is no longer proven
    if was in SURE and now >= line - ROUNDING:
        return _near(compared, now, line)
    left = share(compared.now, leader(compared.before))
    if was in SURE and problem(compared.before) and left >= STILL_STRONG - ROUNDING:
        return _near(compared, left, STILL_STRONG)
    return None


def _near(compared: Compared, probability: float, line: float) -> Reason:
    return reason(
        ReasonKind.STILL_NEAR,
        component=leader(compared.before) or "",
        probability=probability,
        verdict=compared.now.verdict.value,
        earlier=compared.before.verdict.value,
        line=line,
    )


def _other_suspect(compared: Compared) -> Reason | None:
    old, new = leader(compared.before), leader(compared.now)
    if new is None:
        return reason(ReasonKind.LESS_EVIDENCE, as_of=compared.as_of)
    if old is None or compared.rise > 0:
        return None
    if not compared.was_sure and any(out.component == old for out in compared.now.ruled_out):
        return None
    left = share(compared.now, old)
    if compared.was_sure and left >= STILL_STRONG - ROUNDING:
        if compared.now.verdict in SURE:
            return _too_small(new, old, compared.ahead, CONTRADICTION_MARGIN)
        return _near(compared, left, STILL_STRONG)
    if compared.ahead >= CHANGE_MARGIN - ROUNDING:
        return None
    return _too_small(new, old, compared.ahead)


def _too_small(suspect: str, before: str, ahead: float, margin: float = CHANGE_MARGIN) -> Reason:
    return reason(
        ReasonKind.LEAD_TOO_SMALL,
        suspect=suspect,
        earlier=before,
        ahead=ahead,
        margin=margin,
    )
