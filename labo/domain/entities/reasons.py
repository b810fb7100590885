"""Why a diagnosis says what it says: structured values, and the sentence of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ReasonKind(StrEnum):
    """Every reason is a structured value; `Reason.sentence` renders it, nothing is free text."""

    DEVIATION = "deviation"
    NO_ANOMALOUS_DEPENDENCY = "no_anomalous_dependency"
    REACHABLE = "reachable"
    ASSOCIATION = "association"
    EARLIEST_ONSET = "earliest_onset"
    KNOWN_EDGE = "known_edge"
    EXPLAINED_BY = "explained_by"
    NOT_DEVIATING = "not_deviating"
    NOT_REACHABLE = "not_reachable"
    NO_DATA = "no_data"
    NO_SUCH_METRIC = "no_such_metric"
    TOO_FEW_SAMPLES = "too_few_samples"
    TARGET_NORMAL = "target_normal"
    NO_KNOWLEDGE = "no_knowledge"
    LEFT_OUT = "left_out"
    SIGNATURE_MATCHED = "signature_matched"
    SIGNATURE_FITS = "signature_fits"
    SIGNATURE_DIFFERS = "signature_differs"
    WEIGHT_SUPPORTS = "weight_speaks"
    MEASUREMENT_MISSING = "reading_missing"
    UNKNOWN_PROBLEM = "unknown_problem"


_SENTENCES: dict[ReasonKind, str] = {
    ReasonKind.DEVIATION: (
        "{metric} of {component} is {direction}: {during} instead of {before}, "
        "{deviation:+.1f} times its normal spread"
    ),
    ReasonKind.NO_ANOMALOUS_DEPENDENCY: "nothing that {component} calls is unwell",
    ReasonKind.REACHABLE: "{target} depends on {component}, at distance {hops} in the call graph",
    ReasonKind.ASSOCIATION: (
        "{metric} of {component} follows the symptom of {target} in time "
        "(correlation {correlation:.2f}, {strength:.1f} times the noise of the baseline)"
    ),
    ReasonKind.EARLIEST_ONSET: "{component} changed {seconds:.0f} s ahead of {of}",
    ReasonKind.KNOWN_EDGE: (
        "that {cause} on {component} brings about {effect} on {caller} is a {status} claim "
        "(belief {probability:.2f}, followed in {hits} of {opportunities} cases)"
    ),
    ReasonKind.EXPLAINED_BY: "{by}, which it calls, explains {share:.0%} of what {component} shows",
    ReasonKind.NOT_DEVIATING: "{component} behaves as usual",
    ReasonKind.NOT_REACHABLE: "{component} is not among what {target} depends on",
    ReasonKind.NO_DATA: "no usable data of {component} in the windows compared",
    ReasonKind.NO_SUCH_METRIC: (
        "{component} has no metric {metric}; its symptom was looked for in what it has"
    ),
    ReasonKind.TOO_FEW_SAMPLES: "only {samples} samples of {component} to call normal",
    ReasonKind.TARGET_NORMAL: (
        "{target} is within its normal range: {chance:.0%} of normal windows look like this"
    ),
    ReasonKind.NO_KNOWLEDGE: (
        "no known problem was compared; the ranking rests on topology and deviations alone"
    ),
    ReasonKind.LEFT_OUT: (
        "as asked, only {kept} metric series were read: {series} others, {lines} log lines and "
        "{spans} spans were left out"
    ),
    ReasonKind.SIGNATURE_MATCHED: (
        "{matched} of {tested} metrics of {component} read as {problem} makes them read "
        "(known from {labelled incidents} labelled incidents)"
    ),
    ReasonKind.SIGNATURE_FITS: (
        "{metric} of {component} is at {reading:+.1f} times its normal spread, "
        "{problem} brings it to {expected:+.1f}, {rival} to {rival_expected:+.1f}"
    ),
    ReasonKind.SIGNATURE_DIFFERS: (
        "{problem} would bring {metric} of {component} to {expected:+.1f} times its normal "
        "spread, it is at {reading:+.1f}"
    ),
    ReasonKind.WEIGHT_SUPPORTS: (
        "as labelled incidents weigh it, what {metric} of {component} does supports {problem} "
        "rather than an affected component ({odds:+.1f} in log-odds)"
    ),
    ReasonKind.MEASUREMENT_MISSING: (
        "{metric} of {component} has no data; {problem} would bring it to {expected:+.1f} "
        "times its normal spread"
    ),
    ReasonKind.UNKNOWN_PROBLEM: "no known problem explains what {component} shows",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`values` are the figures and names that `sentence` is rendered from."""

    kind: ReasonKind
    values: Mapping[str, str | float | int] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The reason in plain words, from its values alone; shown wherever a reason is.

        A reason that lacks a value is named by its kind, with the values that it has.
        """
        try:
            return _SENTENCES[self.kind].format(**self.values)
        except (KeyError, ValueError):
            stated = ", ".join(f"{name} {value}" for name, value in sorted(self.values.items()))
            return f"{self.kind.value.replace('_', ' ')}: {stated or '?'}"


def reason(kind: ReasonKind, **values: str | float | int) -> Reason:
    """A reason of this kind with the values its sentence names."""
    return Reason(kind, values)
