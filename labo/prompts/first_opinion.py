"""N1: a small local model judges whether the diagnosis holds, and picks a safe action or none.

It answers in enums and ids alone, so that there is nothing it could invent: a free text under a
schema is where a small model runs off, and where it repeats what somebody planted. What people read
of it is written by code, from the evidence that it names. It reads no foreign text either
(`labo.domain.escalation.evidence`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, Field, JsonValue, create_model, model_validator
from pydantic.config import JsonDict

from labo.domain.escalation.action_templates import (
    Parameter,
    ParameterType,
    Template,
    Value,
    render,
)
from labo.domain.escalation.evidence import component_ids, evidence_of
from labo.domain.escalation.facts import CaseFacts
from labo.errors import InvalidInput
from labo.ports.llm import Prompt
from labo.prompts.case import DATA_RULE, asked, describe

NO_ACTION = "none"
"""What N1 answers in place of a template where no action fits."""

_MOST_VALUES = 20
"""Of a number, as an enum: bounds are not enforced by every server, an enum is."""
_STEPS = 10
_AGREES = "The local model finds that the diagnosis fits the evidence."
_DOUBTS = "The local model doubts the diagnosis."
_CITES = "It names: {evidence}."
_CITES_NOTHING = "It names no evidence, so its answer changes nothing."


@dataclass(frozen=True, slots=True)
class _Given:
    """What the question gave: evidence by id, component names by id, templates by id."""

    evidence: dict[str, str]
    components: dict[str, str]
    templates: dict[str, Template]

    def parameters(self, template_id: str, answered: dict[str, Value]) -> dict[str, Value]:
        """The template's own parameters, with the components' names for their ids.

        Raises InvalidInput for a missing one and for a value out of range.
        """
        template = self.templates[template_id]
        own = {one.name: one for one in template.parameters}
        values = {
            name: self._named(own[name], value) for name, value in answered.items() if name in own
        }
        return dict(render(template, values, self.components.values()).parameters)

    def _named(self, parameter: Parameter, value: Value) -> Value:
        if parameter.type is ParameterType.COMPONENT and isinstance(value, str):
            return self.components.get(value, value)
        return value


class FirstOpinion(BaseModel):
    """`agrees` False lowers the verdict by one step, True changes nothing. `template_id` is "none"
    where no action fits.

    A form made for a case (`opinion_form`) drops evidence that was not given, refuses values out of
    range, and turns ids of components into their names. An opinion that names no evidence is void:
    it agrees and picks no action.
    """

    given: ClassVar[_Given | None] = None

    agrees: bool = Field(description="whether the diagnosis fits the evidence")
    template_id: str = Field(description="id of the action that fits, or none")
    parameters: dict[str, Value] = Field(description="a value for every parameter")
    criticality: int = Field(ge=1, le=5, description="1 harmless to 5 outage")
    evidence_ids: list[str] = Field(description="ids of the evidence that this answer rests on")

    @property
    def analysis(self) -> str:
        """What the answer says, written by code from the evidence that it names."""
        verdict = _AGREES if self.agrees else _DOUBTS
        sentences = (self.given.evidence if self.given else {}).items()
        named = [sentence for one, sentence in sentences if one in self.evidence_ids]
        cites = _CITES.format(evidence="; ".join(named)) if named else _CITES_NOTHING
        return f"{verdict} {cites}"

    @model_validator(mode="after")
    def _settle(self) -> FirstOpinion:
        if self.given is None:
            return self
        self.evidence_ids = [
            one for one in dict.fromkeys(self.evidence_ids) if one in self.given.evidence
        ]
        if self.template_id not in (NO_ACTION, *self.given.templates):
            raise ValueError("template_id is not one of those given")
        if not self.evidence_ids:
            self.agrees, self.template_id = True, NO_ACTION
        if self.template_id == NO_ACTION:
            self.parameters = {}
            return self
        try:
            self.parameters = self.given.parameters(self.template_id, self.parameters)
        except InvalidInput as error:
            raise ValueError(str(error)) from error
        return self


def opinion_form(case: CaseFacts) -> type[FirstOpinion]:
    """The answer's form with this case's templates, components and evidence to choose from.

    Its schema has no free text and no open range. A template with a parameter of free text is left
    out: this level has no words for it.
    """
    offered = [one for one in case.templates if _is_choosable(one)]
    evidence, components = evidence_of(case), component_ids(case)
    by_name = {one.name: one for template in offered for one in template.parameters}
    filled: JsonDict = {
        "properties": {
            name: {"enum": _allowed(one, tuple(components.values()))}
            for name, one in by_name.items()
        },
        # What the chosen template lacks is dropped; that a value is missing can't happen so.
        "required": list(by_name),
        "additionalProperties": False,
    }
    ids: JsonDict = {"enum": [NO_ACTION, *(one.id for one in offered)]}
    degrees: JsonDict = {"enum": [1, 2, 3, 4, 5]}
    listed: JsonDict = {
        "items": {"enum": [one.id for one in evidence]},
        "maxItems": len(evidence),
        "uniqueItems": True,
    }
    form = create_model(
        FirstOpinion.__name__,
        __base__=FirstOpinion,
        template_id=(str, _field("template_id", ids)),
        parameters=(dict[str, Value], _field("parameters", filled)),
        criticality=(int, Field(ge=1, le=5, json_schema_extra=degrees)),
        evidence_ids=(list[str], _field("evidence_ids", listed)),
    )
    form.given = _Given(
        {one.id: one.sentence for one in evidence},
        {short: name for name, short in components.items()},
        {one.id: one for one in offered},
    )
    return form


def first_opinion(case: CaseFacts) -> Prompt:
    """The question to N1."""
    facts = _facts(case)
    offered = tuple(one for one in case.templates if _is_choosable(one))
    instructions = (
        "You help an operator with one incident. A deterministic diagnosis is given as evidence "
        "with ids; you may doubt it but not replace it. Pick one action template, or none if no "
        "action surely fits, give a value for every parameter, and list the ids of the evidence "
        f"that your answer rests on. Answer in JSON.\n{DATA_RULE}\n\nAction templates:\n"
        f"{describe(offered)}"
    )
    return asked("first_opinion", instructions, case, facts)


def _facts(case: CaseFacts) -> dict[str, object]:
    """Plain JSON values in words of our own."""
    ids = component_ids(case)
    evidence = evidence_of(case)
    return {
        "incident": {"severity": case.incident.severity.value},
        "verdict": case.verdict.value,
        "components": list(ids.values()),
        "suspects": [
            {
                "component": ids[suspect.component],
                "probability": round(suspect.probability, 3),
                "evidence": [one.id for one in evidence if one.component == ids[suspect.component]],
            }
            for suspect in case.suspects[:5]
            if suspect.component in ids
        ],
        "evidence": [{"id": one.id, "text": one.plain} for one in evidence],
    }


def _field(name: str, extra: JsonDict) -> object:
    described = FirstOpinion.model_fields[name].description
    return Field(description=described, json_schema_extra=extra)


def _is_choosable(template: Template) -> bool:
    return all(one.type is not ParameterType.TEXT for one in template.parameters)


def _allowed(parameter: Parameter, components: tuple[str, ...]) -> list[JsonValue]:
    match parameter.type:
        case ParameterType.CHOICE:
            return list(parameter.choices)
        case ParameterType.COMPONENT:
            return list(components)
        case ParameterType.BOOLEAN:
            return [False, True]
    low, high = parameter.minimum or 0.0, parameter.maximum or 0.0
    if parameter.type is ParameterType.INTEGER and high - low < _MOST_VALUES:
        return list(range(int(low), int(high) + 1))
    spread = [low + (high - low) * step / (_STEPS - 1) for step in range(_STEPS)]
    if parameter.type is ParameterType.INTEGER:
        return list(dict.fromkeys(round(one) for one in spread))
    return list(spread)
