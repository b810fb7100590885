"""The reasons behind a diagnosis: structured values, and a sentence template for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from labo.domain.entities.moments import in_words
from labo.domain.entities.scale import MAX_DEVIATION
from labo.domain.entities.units import with_unit

SMALLEST_SHOWN = 0.1
"""Of what is shown with one decimal."""
NOTHING = "nothing"
"""What `before` or `during` is where no value is known."""


class ReasonKind(StrEnum):
    """The kinds of reasons. `Reason.sentence` renders them; none is free text."""

    DEVIATION = "deviation"
    NO_ANOMALOUS_DEPENDENCY = "no_anomalous_dependency"
    REACHABLE = "reachable"
    ASSOCIATION = "association"
    EARLIEST_ONSET = "earliest_onset"
    KNOWN_EDGE = "known_edge"
    EXPLAINED_BY = "explained_by"
    CONTAINS = "contains"
    NOT_DEVIATING = "not_deviating"
    NOT_REACHABLE = "not_reachable"
    NO_DATA = "no_data"
    NO_SUCH_METRIC = "no_such_metric"
    TOO_FEW_SAMPLES = "too_few_samples"
    TOO_EARLY = "too_early"
    TARGET_NORMAL = "target_normal"
    NO_KNOWLEDGE = "no_knowledge"
    NO_CALL_GRAPH = "no_call_graph"
    ORIGIN_UNMEASURED = "origin_unmeasured"
    ONE_OF_MANY = "one_of_many"
    OFTEN_WRONG = "often_wrong"
    LEFT_OUT = "left_out"
    SIGNATURE_MATCHED = "signature_matched"
    SIGNATURE_FITS = "signature_fits"
    SIGNATURE_DIFFERS = "signature_differs"
    WEIGHT_SUPPORTS = "weight_speaks"
    MEASUREMENT_MISSING = "reading_missing"
    UNKNOWN_PROBLEM = "unknown_problem"
    RESEMBLES_NONE = "resembles_none"
    DEPENDENCY_UNOBSERVED = "dependency_unobserved"
    MUTUAL_CALLS = "mutual_calls"
    OCCURRENCES_CAME = "occurrences_came"
    COMPONENTS_JOINED = "components_joined"
    OCCURRENCES_ENDED = "occurrences_ended"
    TELEMETRY_CAME = "telemetry_came"
    VERDICT_CHANGED = "verdict_changed"
    SUSPECT_CHANGED = "suspect_changed"
    PROBLEM_CHANGED = "problem_changed"
    PROBABILITY_CHANGED = "probability_changed"
    SAME_FINDINGS = "same_findings"
    LITTLE_CHANGED = "little_changed"
    LEAD_TOO_SMALL = "lead_too_small"
    STILL_NEAR = "still_near"
    STILL_ABNORMAL = "still_abnormal"
    LESS_EVIDENCE = "less_evidence"


_SENTENCES: dict[ReasonKind, str] = {
    ReasonKind.DEVIATION: (
        "{metric} of {component} is {direction}: {during} instead of {before}{deviation}"
    ),
    ReasonKind.NO_ANOMALOUS_DEPENDENCY: "no dependency of {component} is anomalous",
    ReasonKind.DEPENDENCY_UNOBSERVED: (
        "{callee}, on which {component} depends, has no usable data: it may be the cause as well"
    ),
    ReasonKind.MUTUAL_CALLS: (
        "{components} call each other: which of them came first does not follow from the topology"
    ),
    ReasonKind.REACHABLE: "{target} depends on {component}, at distance {hops} in the call graph",
    ReasonKind.ASSOCIATION: (
        "{metric} of {component} follows the symptom of {target} in time "
        "(correlation {correlation:.2f}, {strength} times the noise of the baseline)"
    ),
    ReasonKind.EARLIEST_ONSET: "{component} changed {seconds:.0f} s ahead of {of}",
    ReasonKind.KNOWN_EDGE: (
        "it is a {status} claim that {cause} on {component} causes {effect} on {caller} "
        "(belief {probability:.2f}, the effect followed in {hits} of {opportunities} cases)"
    ),
    ReasonKind.EXPLAINED_BY: (
        "{by}, which {component} calls, explains {share:.0%} of the signal of {component}"
    ),
    ReasonKind.CONTAINS: (
        "calls to {component} never took less time than those to {by}, which may be behind it and "
        "explains {share:.0%} of its signal"
    ),
    ReasonKind.NOT_DEVIATING: "{component} is within its normal range",
    ReasonKind.NOT_REACHABLE: "{target} does not depend on {component}",
    ReasonKind.NO_DATA: "no usable data for {component} in the windows compared",
    ReasonKind.NO_SUCH_METRIC: (
        "{component} has no metric {metric}; its symptom was sought in the metrics it has"
    ),
    ReasonKind.TOO_FEW_SAMPLES: "{component} has only {samples} baseline samples",
    ReasonKind.TOO_EARLY: (
        "it began just before this diagnosis: most telemetry of that time is still to come, and it "
        "is diagnosed again within a minute"
    ),
    ReasonKind.TARGET_NORMAL: (
        "{target} is within its normal range: {chance:.0%} of normal windows look like this"
    ),
    ReasonKind.NO_KNOWLEDGE: (
        "no known problems to compare with; the ranking rests on topology and deviations alone"
    ),
    ReasonKind.NO_CALL_GRAPH: (
        "no call between components is known, so that whatever deviates may be the origin"
    ),
    ReasonKind.ORIGIN_UNMEASURED: (
        "{component} is not likely: nothing is measured of {origin}, which may be the cause"
    ),
    ReasonKind.ONE_OF_MANY: (
        "{component} is not likely: another component deviates as far, and no call but those of "
        "{target} is known, which would tell cause from effect"
    ),
    ReasonKind.OFTEN_WRONG: (
        "{component} is not likely: of answers like this {probability:.0%} were right, LIKELY "
        "needs {line:.0%}; what speaks most against it is that {why}"
    ),
    ReasonKind.LEFT_OUT: (
        "as requested, only {kept} metric series were used: {series} others, {lines} log lines "
        "and {spans} spans were left out"
    ),
    ReasonKind.SIGNATURE_MATCHED: (
        "{matched} of {tested} metrics of {component} match the signature of {problem} "
        "(labelled incidents of it: {lessons})"
    ),
    ReasonKind.SIGNATURE_FITS: (
        "{metric} of {component} has a robust z-score of {reading}; {problem} typically "
        "moves it to {expected}, {rival} to {rival_expected}"
    ),
    ReasonKind.SIGNATURE_DIFFERS: (
        "{problem} would move {metric} of {component} to a robust z-score of {expected}, "
        "but it is {reading}"
    ),
    ReasonKind.WEIGHT_SUPPORTS: (
        "by the weights learnt from labelled incidents, {metric} of {component} supports "
        "{problem} there rather than a mere effect of another cause ({odds:+.1f} log-odds)"
    ),
    ReasonKind.MEASUREMENT_MISSING: (
        "{metric} of {component} has no data; {problem} would move it to a robust z-score of "
        "{expected}"
    ),
    ReasonKind.UNKNOWN_PROBLEM: "no known problem explains the deviations of {component}",
    ReasonKind.RESEMBLES_NONE: (
        "{component} resembles no labelled incident: the nearest problem, {problem}, leaves "
        "{unexplained:.0%} of its deviations unexplained, as much as in {share:.0%} of labelled "
        "incidents"
    ),
    ReasonKind.OCCURRENCES_CAME: "the incident has {occurrences} occurrences, {earlier} before",
    ReasonKind.COMPONENTS_JOINED: "{components} joined the incident",
    ReasonKind.OCCURRENCES_ENDED: "{ongoing} of the occurrences still last, {earlier} before",
    ReasonKind.TELEMETRY_CAME: "there is telemetry until {until}, until {earlier} before",
    ReasonKind.VERDICT_CHANGED: "the verdict is {verdict}, {earlier} before",
    ReasonKind.SUSPECT_CHANGED: (
        "{component} leads with {probability:.0%}; {earlier}, which led before, has "
        "{earlier_probability:.0%} now"
    ),
    ReasonKind.PROBLEM_CHANGED: "the problem of {component} is {problem}, {earlier} before",
    ReasonKind.PROBABILITY_CHANGED: "{component} has {probability:.0%}, {earlier:.0%} before",
    ReasonKind.SAME_FINDINGS: "the findings are those of {as_of}",
    ReasonKind.LITTLE_CHANGED: (
        "{component} has {probability:.0%}, {earlier:.0%} before: under {margin:.0%} of difference "
        "the answer of {as_of} stays"
    ),
    ReasonKind.LEAD_TOO_SMALL: (
        "{suspect} is ahead of {earlier} by {ahead:.0%}; to take its lead takes {margin:.0%}"
    ),
    ReasonKind.STILL_NEAR: (
        "{component} has {probability:.0%} and the verdict would be {verdict}; {earlier} stays "
        "until it has less than {line:.0%}"
    ),
    ReasonKind.STILL_ABNORMAL: (
        "{chance:.0%} of normal windows look like the symptom; from {line:.0%} on it would be "
        "taken for none"
    ),
    ReasonKind.LESS_EVIDENCE: (
        "since the answer of {as_of} nothing came that says more about the cause: a weaker or "
        "another answer does not replace it"
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`values` are the figures and names that `sentence` is rendered from."""

    kind: ReasonKind
    values: Mapping[str, str | float | int] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The reason in plain words, rendered from its values alone.

        A reason that lacks a value of its template is rendered as its kind and the values it has.
        """
        try:
            shown = _readable(self.values) | _moments(self.kind, self.values)
            return _SENTENCES[self.kind].format(**shown)
        except (KeyError, ValueError, TypeError):
            stated = ", ".join(f"{name} {value}" for name, value in sorted(self.values.items()))
            return f"{self.kind.value.replace('_', ' ')}: {stated or '?'}"


def _readable(values: Mapping[str, str | float | int]) -> dict[str, str | float | int]:
    """The values as a sentence has them: sizes with their units, and what was cut off as such.

    Raises TypeError, ValueError where a figure is none.
    """
    shown = dict(values)
    for name in ("before", "during"):
        if name in values:
            shown[name] = with_unit(str(values[name]), str(values.get("metric", "")))
    for name in ("reading", "expected", "rival_expected"):
        if name in values:
            shown[name] = _z_score(float(values[name]))
    if "strength" in values:
        shown["strength"] = _at_least(float(values["strength"]))
    if "deviation" in values:
        apart = float(values["deviation"])
        # Where there is nothing on one side there is no distance either.
        known = NOTHING not in (values.get("before"), values.get("during"))
        way = "up" if apart >= 0 else "down"
        spread = f"{way} by {_at_least(abs(apart))} times its normal spread"
        shown["deviation"] = f", {spread}" if known else ""
    return shown


def _moments(
    kind: ReasonKind, values: Mapping[str, str | float | int]
) -> dict[str, str | float | int]:
    """The values that are ISO times, as a sentence has them; one that is none stays."""
    names = ("until", "earlier") if kind is ReasonKind.TELEMETRY_CAME else ("as_of",)
    return {name: _moment(str(values[name])) for name in names if name in values}


def _moment(stated: str) -> str:
    try:
        return in_words(datetime.fromisoformat(stated))
    except ValueError:
        return stated


def _at_least(size: float) -> str:
    """`3.2`, or `at least 10` of a figure that was cut off there."""
    if size >= MAX_DEVIATION:
        return f"at least {MAX_DEVIATION:g}"
    return f"{size:.1f}" if size >= SMALLEST_SHOWN else f"less than {SMALLEST_SHOWN:g}"


def _z_score(score: float) -> str:
    """`+3.2`, or `+10 or more` of a score that was cut off there."""
    if abs(score) < MAX_DEVIATION:
        return f"{score:+.1f}"
    return f"{MAX_DEVIATION:+g} or more" if score > 0 else f"{-MAX_DEVIATION:+g} or less"


def reason(kind: ReasonKind, **values: str | float | int) -> Reason:
    """A reason of this kind; `values` are named as in the kind's sentence."""
    return Reason(kind, values)
