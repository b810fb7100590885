"""What is remembered of one resolved incident: its symptoms, and the action that really worked.

Written by code from what the graph holds; no model has a part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TypedDict

from labo.domain.entities.keys import digest, system_and_name
from labo.domain.entities.masking import mask
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.memory_confidence import PastExecution
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.domain.knowledge.experiences import Attempt, Experience, ExperienceKind

_LONGEST_TEXT = 4_000
"""Characters of the text that is embedded: more than an embedder reads."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """An incident that is over, as the graph knows it. `command` is what was approved last, None
    where nothing was. Tokens and micro-euro are the sums over `calls` of language models."""

    id: str
    title: str
    status: str
    system: str
    opened_at: datetime
    resolved_at: datetime | None
    escalation_level: str | None
    problems: tuple[str, ...]
    components: tuple[str, ...]
    command: str | None
    calls: int
    tokens_prompt: int
    tokens_completion: int
    cost_micro_eur: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """The document on one incident. `problem`, `component` and `role` are of the leading suspect
    when `execution` (id) was run; all four are empty where no action was verified. `outcome` is
    what the verification, or a person since, says of it. `success_rate` is the share of the
    template's executions against this problem that helped, None without any; `attempts` how many
    actions were verified on the incident. `foreseen` holds, by execution, the probability that
    memory would have given before; `corrections`, by execution, what a person says it did."""

    incident: str
    title: str
    problem: str
    component: str
    role: str
    symptoms: tuple[str, ...]
    components: tuple[str, ...]
    tags: tuple[str, ...]
    execution: str
    template: str
    parameters: Mapping[str, Value]
    outcome: str
    escalation_level: str
    calls: int
    tokens_prompt: int
    tokens_completion: int
    cost_micro_eur: int
    duration_s: float
    success_rate: float | None
    attempts: int
    opened_at: datetime
    resolved_at: datetime
    learnt_at: datetime
    text: str
    foreseen: Mapping[str, float] = field(default_factory=dict)
    corrections: Mapping[str, str] = field(default_factory=dict)
    corrected_by: str | None = None
    correction: str | None = None


def resolution_of(
    resolved: Resolved,
    own: Sequence[PastExecution],
    past: Iterable[PastExecution],
    foreseen: Mapping[str, float],
    *,
    at: datetime,
) -> Resolution:
    """The document on `resolved`, from the verified actions on it (`own`) and those against the
    same problem anywhere (`past`). Of several actions it names the newest that helped, else the
    newest."""
    ended = resolved.resolved_at or at
    chosen = _chosen(own)
    document = Resolution(
        incident=resolved.id,
        title=resolved.title,
        **_action(chosen),
        symptoms=resolved.problems,
        components=resolved.components,
        tags=_tags(resolved, chosen),
        outcome=_outcome(chosen),
        escalation_level=resolved.escalation_level or "",
        calls=resolved.calls,
        tokens_prompt=resolved.tokens_prompt,
        tokens_completion=resolved.tokens_completion,
        cost_micro_eur=resolved.cost_micro_eur,
        duration_s=max(0.0, (ended - resolved.opened_at).total_seconds()),
        success_rate=_success_rate(chosen, past),
        attempts=len(own),
        opened_at=resolved.opened_at,
        resolved_at=ended,
        learnt_at=at,
        text="",
        foreseen=foreseen,
    )
    return replace(document, text=_text(document, resolved.command))


def corrected(one: PastExecution, corrections: Mapping[str, str]) -> PastExecution:
    """With a person's word on it, which stands above what was measured, recurrences included."""
    outcome = corrections.get(one.id)
    return (
        one
        if outcome is None
        else replace(one, outcome=VerificationOutcome(outcome), recurred_at=None)
    )


def experience_of(
    one: PastExecution,
    earlier: Sequence[Experience],
    *,
    system: str,
    by_person: bool,
    withdrawn: bool = False,
) -> Experience | None:
    """What is to be learnt from a verified action, whether it helped or not; None where `earlier`
    (the experiences of this execution, in order) ends with just that.

    It replaces them all. Where nobody knows what the action did, or it is `withdrawn`, its content
    is no attempt, so that nothing is learnt from it any longer.
    """
    content: dict[str, object] = {"execution": one.id}
    if one.helped is not None and not withdrawn:
        attempt = Attempt(one.template, one.problem, one.role, one.helped, attended=by_person)
        content |= asdict(attempt)
    if earlier[-1].content == content if earlier else len(content) == 1:
        return None
    return Experience(
        id=digest("experience", "action", one.id, str(len(earlier))),
        kind=ExperienceKind.ACTION,
        system=system,
        occurred_at=one.ended_at,
        content=content,
        incident=one.incident,
        authenticated=True,
        replaces=tuple(experience.id for experience in earlier),
    )


def of_execution(experiences: Iterable[Experience], execution: str) -> list[Experience]:
    """Those of one execution (id), in order."""
    return [one for one in experiences if one.content.get("execution") == execution]


def _chosen(own: Sequence[PastExecution]) -> PastExecution | None:
    return max(own, key=lambda one: (bool(one.helped), one.ended_at, one.id), default=None)


class _Action(TypedDict):
    problem: str
    component: str
    role: str
    execution: str
    template: str
    parameters: Mapping[str, Value]


def _action(chosen: PastExecution | None) -> _Action:
    if chosen is None:
        return _Action(problem="", component="", role="", execution="", template="", parameters={})
    return _Action(
        problem=chosen.problem,
        component=chosen.component,
        role=chosen.role,
        execution=chosen.id,
        template=chosen.template,
        parameters=chosen.parameters,
    )


def _success_rate(chosen: PastExecution | None, past: Iterable[PastExecution]) -> float | None:
    """Of the chosen action against its problem, where its effect was measured."""
    if chosen is None:
        return None
    asked = chosen.template, chosen.problem
    tried = [one.helped for one in past if (one.template, one.problem) == asked]
    measured = [helped for helped in tried if helped is not None]
    return sum(measured) / len(measured) if measured else None


def _outcome(chosen: PastExecution | None) -> str:
    if chosen is None or chosen.outcome is None:
        return ""
    if chosen.outcome is VerificationOutcome.WORKED and not chosen.helped:
        return VerificationOutcome.NO_EFFECT.value  # it was back within the hour
    return chosen.outcome.value


def _tags(resolved: Resolved, chosen: PastExecution | None) -> tuple[str, ...]:
    tags = [f"system:{resolved.system}", f"level:{resolved.escalation_level or 'none'}"]
    if chosen is not None:
        tags += [f"role:{chosen.role}", f"action:{chosen.template}", f"outcome:{_outcome(chosen)}"]
    return tuple(tags)


_EFFECTS = {
    VerificationOutcome.WORKED.value: "which solved it",
    VerificationOutcome.NO_EFFECT.value: "which did not solve it for an hour",
    VerificationOutcome.WORSE.value: "which made it worse",
    VerificationOutcome.UNKNOWN.value: "with unknown effect",
}


def _text(document: Resolution, command: str | None) -> str:
    """A few sentences for people and for the embedder."""
    names = [system_and_name(key)[1] for key in document.components]
    sentences = [document.title]
    if document.symptoms:
        sentences.append(f"Symptoms: {', '.join(document.symptoms)}")
    if names:
        sentences.append(f"On: {', '.join(names)}")
    if document.execution:
        suspect = f"{document.problem} at {system_and_name(document.component)[1]}"
        values = ", ".join(f"{name}={value}" for name, value in sorted(document.parameters.items()))
        effect = _EFFECTS.get(document.outcome, "with unknown effect")
        sentences += [
            f"Cause: {suspect}",
            f"Action: {document.template} ({values}), {effect}",
        ]
    elif command:
        sentences.append(f"Approved, effect not measured: {command}")
    else:
        sentences.append("It ended without an action")
    return mask(". ".join(sentences) + ".", _LONGEST_TEXT)
