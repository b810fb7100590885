"""The report that code writes from the graph alone: always there, with or without a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from labo.domain.entities.diagnoses import SURE, Diagnosis, probability_text
from labo.domain.escalation.action_templates import PLACEHOLDER, Template
from labo.domain.escalation.generic_solutions import generic_solution
from labo.domain.escalation.lasting_advice import LASTING
from labo.domain.escalation.reports import (
    Area,
    Findings,
    Option,
    Recommendation,
    Source,
    SourceKind,
    Statement,
    check,
    chronology,
    opinion,
)

_MOST = 10
"""Of anything that is listed."""
_TRIED = frozenset({SourceKind.PROPOSAL, SourceKind.EXECUTION})


def findings_by_code(
    sources: Sequence[Source],
    diagnosis: Diagnosis | None,
    templates: Mapping[str, Template],
) -> Findings:
    """What the graph alone supports; general advice in it is marked as opinion."""
    return check(
        Findings(
            chronology=chronology(sources),
            hypothesis=tuple(_hypothesis(diagnosis)),
            options=tuple(_options(sources, diagnosis, templates)),
            recommendations=tuple(_recommendations(diagnosis)),
            unknown=tuple(_unknown(sources, diagnosis)),
            sources=tuple(sources),
        )
    )


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """All that a diagnosis says, as the text of its source."""
    analysis = diagnosis.analysis
    parts = [f"Verdict {analysis.verdict.value} by {analysis.method.value.replace('_', ' ')}."]
    parts += [
        f"{one.component} ({probability_text(one.component, analysis.suspects)})."
        for one in analysis.suspects[:3]
    ]
    parts += [f"{one.sentence}." for suspect in analysis.suspects[:3] for one in suspect.reasons]
    parts += [f"{_way(chain.components)}." for chain in analysis.chains[:3]]
    parts += [f"{out.component}: {out.reason.sentence}." for out in analysis.ruled_out[:_MOST]]
    parts += [f"{one.sentence}." for one in analysis.missing[:_MOST]]
    if analysis.next_metric:
        parts.append(f"Not measured: {analysis.next_metric}.")
    return " ".join(parts)


def _hypothesis(diagnosis: Diagnosis | None) -> Iterator[Statement]:
    if diagnosis is None:
        yield opinion("The incident has no diagnosis yet, so no cause can be named.")
        return
    analysis, cites = diagnosis.analysis, (diagnosis.id,)
    if not analysis.suspects:
        yield Statement(f"The diagnosis names no suspect ({analysis.verdict.value}).", cites)
        return
    leading = analysis.suspects[0]
    what = f"{leading.problem} on {leading.component}" if leading.problem else leading.component
    share = probability_text(leading.component, analysis.suspects)
    yield Statement(
        f"The root cause is most likely {what} ({share}; verdict {analysis.verdict.value}).", cites
    )
    for one in leading.reasons[:_MOST]:
        yield Statement(f"{one.sentence}.", cites)
    for chain in analysis.chains[:3]:
        yield Statement(f"It reached {chain.components[-1]} by {_way(chain.components)}.", cites)
    for out in analysis.ruled_out[:_MOST]:
        yield Statement(f"{out.component} is ruled out: {out.reason.sentence}.", cites)


def _way(components: Sequence[str]) -> str:
    return " → ".join(components)


def _options(
    sources: Sequence[Source], diagnosis: Diagnosis | None, templates: Mapping[str, Template]
) -> Iterator[Option]:
    solution = generic_solution(diagnosis.analysis if diagnosis else None)
    template = templates.get(solution.template_id)
    if template is not None:
        where = f" on {solution.component}" if solution.component else ""
        why = (diagnosis.id,) if diagnosis else ()
        yield Option(
            Statement(f"{template.title}{where}. {template.description}", why, not why),
            opinion(f"Risk {template.risk_level.value}. {_rollback(template, solution.component)}"),
        )
    yield Option(opinion(solution.analysis), opinion("It changes nothing in the system."))
    for one in [each for each in sources if each.kind in _TRIED][-_MOST:]:
        yield Option(
            Statement(one.text, (one.id,)),
            opinion("It was proposed or tried in this incident already."),
        )


def _rollback(template: Template, component: str) -> str:
    """The template's sentence; a quantity that nobody has chosen yet stays as its name."""
    return PLACEHOLDER.sub(
        lambda match: component if match[1] == "component" and component else match[1],
        template.rollback,
    )


def _recommendations(diagnosis: Diagnosis | None) -> Iterator[Recommendation]:
    analysis = diagnosis.analysis if diagnosis else None
    behaviour = generic_solution(analysis).behaviour
    for area, text in (LASTING[behaviour] if behaviour else {}).items():
        yield Recommendation(area, opinion(text))
    if diagnosis and diagnosis.analysis.next_metric:
        text = f"Measure {diagnosis.analysis.next_metric}: it would have told the suspects apart."
        yield Recommendation(Area.MONITORING, Statement(text, (diagnosis.id,)))


def _unknown(sources: Sequence[Source], diagnosis: Diagnosis | None) -> Iterator[Statement]:
    if diagnosis is not None:
        if diagnosis.analysis.verdict not in SURE:
            yield Statement("The diagnosis does not single out a cause.", (diagnosis.id,))
        for one in diagnosis.analysis.missing[:_MOST]:
            yield Statement(f"{one.sentence}.", (diagnosis.id,))
    if not any(one.kind is SourceKind.EXECUTION for one in sources):
        yield opinion("No action was executed, so no cure has been tried.")
    if not any(one.kind is SourceKind.FINDING for one in sources):
        yield opinion("Nobody has confirmed the cause.")
