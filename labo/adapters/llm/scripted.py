"""Answers without a model: a few fixed rules over the prompt's facts.

For trying the escalation, and for tests: the same facts always give the same answer. It knows no
more than the diagnosis, and states so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from labo.domain.entities.severity import Severity
from labo.domain.escalation.admissible import INVESTIGATION
from labo.domain.escalation.proposals import CRITICALITY
from labo.ports.llm import Completion, Prompt, UnusableAnswer

T = TypeVar("T", bound=BaseModel)

MODEL = "scripted"


@dataclass(frozen=True, slots=True)
class _Suspect:
    component: str
    probability: float = 0.0
    problem: str | None = None
    reasons: Sequence[str] = ()
    evidence: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Evidence:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class _Incident:
    title: str = ""
    severity: str = "warning"
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What both levels' questions hold: N2's with texts, N1's with evidence by id."""

    incident: _Incident
    components: Sequence[str]
    verdict: str
    suspects: Sequence[_Suspect] = ()
    evidence: Sequence[_Evidence] = ()

    @property
    def words(self) -> str:
        leading = self.suspects[0] if self.suspects else None
        own = (*leading.reasons, leading.problem or "", *self.cited) if leading else ()
        return " ".join((self.incident.title, *self.incident.problems, *own)).lower()

    @property
    def named(self) -> Sequence[str]:
        """Ids of the leading suspect's evidence, else of all there is."""
        leading = self.suspects[0].evidence if self.suspects else ()
        return leading or [one.id for one in self.evidence]

    @property
    def cited(self) -> Sequence[str]:
        return [one.text for one in self.evidence if one.id in self.named]


_RESTART: Mapping[str, str | int] = {"strategy": "rolling", "drain_s": 10}

_ACTIONS: tuple[tuple[tuple[str, ...], str, Mapping[str, str | int]], ...] = (
    (("pool", "connection"), "raise_pool_size", {"percent": 25}),
    (("deploy", "release", "rollout"), "rollback_deploy", {"steps": 1}),
    (("memory", "leak", "deadlock", "stuck"), "restart_service", _RESTART),
    (("cpu", "traffic", "overload", "saturat", "queue"), "scale_out", {"instances": 1}),
    (("stale", "cache"), "flush_cache", {"scope": "expired"}),
)

_FOCUS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("latency", "slow", "duration", "time-out", "timeout"), "latency"),
    (("error", "fault", "fail", "exception"), "errors"),
    (("request", "traffic"), "traffic"),
    (("availab", "down", "absent"), "availability"),
)


class ScriptedModel:
    """Fills any answer model whose field names it knows."""

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        try:
            facts = TypeAdapter(_Facts).validate_python(dict(prompt.facts))
            reply = answer.model_validate(_answer(facts, _choices(answer)))
        except ValidationError as error:
            raise UnusableAnswer(
                "the scripted model knows no answer to this question", where=prompt.name
            ) from error
        return Completion(reply, MODEL, 0, 0, 0.0)


def _choices(answer: type[BaseModel]) -> Sequence[str] | None:
    """Template ids that the form allows; None where it names none."""
    field = answer.model_json_schema()["properties"].get("template_id", {})
    return field.get("enum") or None


def _answer(facts: _Facts, choices: Sequence[str] | None) -> dict[str, object]:
    component = _component(facts)
    template, parameters = _action(facts)
    if choices is not None and template not in choices:
        template, parameters = _instead(facts, choices)
    return {
        "analysis": _analysis(facts),
        "agrees": True,
        "template_id": template,
        "parameters": {"component": component, **parameters},
        "risk_level": "high" if template == "rollback_deploy" else "low",
        "rollback_plan": "As the template says.",
        "explanation": (
            f"{template} on {component} follows from the diagnosis by a fixed rule; no model "
            "was asked. If the symptom stays after it, the cause lies elsewhere."
        ),
        "criticality": CRITICALITY[Severity(facts.incident.severity)],
        "evidence_ids": facts.named,
    }


def _component(facts: _Facts) -> str:
    if facts.suspects:
        return facts.suspects[0].component
    return facts.components[0] if facts.components else ""


def _action(facts: _Facts) -> tuple[str, Mapping[str, str | int]]:
    """A change only for a cause that was singled out, else a person investigates."""
    if facts.verdict in ("LIKELY", "CONFIRMED"):
        for words, template, parameters in _ACTIONS:
            if any(word in facts.words for word in words):
                return template, parameters
    return _ticket(facts)


def _ticket(facts: _Facts) -> tuple[str, Mapping[str, str | int]]:
    focus = (name for words, name in _FOCUS if any(word in facts.words for word in words))
    return INVESTIGATION, {"focus": next(focus, "unknown")}


def _instead(facts: _Facts, choices: Sequence[str]) -> tuple[str, Mapping[str, str | int]]:
    """What it answers where the form lacks its action: none, else to investigate."""
    return ("none", {}) if "none" in choices else _ticket(facts)


def _analysis(facts: _Facts) -> str:
    if not facts.suspects:
        return f"{facts.incident.title}: the diagnosis names no suspect ({facts.verdict})."
    leading = facts.suspects[0]
    what = f"{leading.problem} at {leading.component}" if leading.problem else leading.component
    why = f" {leading.reasons[0]}." if leading.reasons else ""
    return (
        f"{facts.incident.title}: the leading suspect is {what} "
        f"(probability {leading.probability:.2f}, verdict {facts.verdict}).{why}"
    )
