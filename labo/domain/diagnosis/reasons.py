"""Reasons as sentences: one template per kind, filled from the reason's values alone."""

from __future__ import annotations

from labo.domain.entities.diagnoses import Reason, ReasonKind

_SENTENCES: dict[ReasonKind, str] = {
    ReasonKind.DEVIATION: (
        "{metric} of {component} is {direction}: {during} instead of {before}, "
        "{deviation:+.1f} times its normal spread"
    ),
    ReasonKind.NO_ANOMALOUS_DEPENDENCY: "nothing that {component} calls is unwell",
    ReasonKind.REACHABLE: "{target} depends on {component}, at distance {hops} in the call graph",
    ReasonKind.ASSOCIATION: (
        "{metric} of {component} follows the symptom of {target} in time "
        "(correlation {correlation:.2f}, {strength:.1f} times the noise of normal times)"
    ),
    ReasonKind.EARLIEST_ONSET: "{component} was the first to change, {seconds:.0f} s ahead of {of}",
    ReasonKind.KNOWN_EDGE: (
        "it is known that {cause} causes {effect} (probability {probability:.2f})"
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
        "(known from {lessons} lessons)"
    ),
    ReasonKind.SIGNATURE_FITS: (
        "{metric} of {component} is at {reading:+.1f} times its normal spread, "
        "{problem} brings it to {expected:+.1f}, {rival} to {rival_expected:+.1f}"
    ),
    ReasonKind.SIGNATURE_DIFFERS: (
        "{problem} would bring {metric} of {component} to {expected:+.1f} times its normal "
        "spread, it is at {reading:+.1f}"
    ),
    ReasonKind.WEIGHT_SPEAKS: (
        "as lessons weigh it, what {metric} of {component} does speaks for {problem} rather than a "
        "bystander ({odds:+.1f} in log odds)"
    ),
    ReasonKind.READING_MISSING: (
        "{metric} of {component} has no data; {problem} would bring it to {expected:+.1f} "
        "times its normal spread"
    ),
    ReasonKind.UNKNOWN_PROBLEM: "no known problem explains what {component} shows",
}


def reason(kind: ReasonKind, **values: str | float | int) -> Reason:
    """A reason of this kind with the values its sentence names."""
    return Reason(kind, values)


def sentence(given: Reason) -> str:
    """The reason in plain words. A value that the reason lacks shows as `?`."""
    text = _SENTENCES[given.kind]
    try:
        return text.format(**given.values)
    except (KeyError, ValueError):
        stated = ", ".join(f"{name} {value}" for name, value in sorted(given.values.items()))
        return f"{given.kind.value.replace('_', ' ')}: {stated or '?'}"
