"""No model holds a tool that approves or executes: what is really sent to each."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel

from labo.adapters.llm.anthropic import AnthropicModel
from labo.adapters.llm.ollama import OllamaModel
from labo.adapters.templates import load_templates
from labo.errors import LaboError
from labo.ports.llm import LanguageModel, Prompt
from labo.prompts.expert_report import ExpertReport, expert_report
from labo.prompts.first_opinion import first_opinion, opinion_form
from labo.prompts.structured_proposal import proposal_form, structured_proposal
from tests.builders.escalation import a_case
from tests.builders.receiver import Receiver, receiving

CASE = a_case(*load_templates().values())
ACTS = ("approve", "execute", "decide", "decision", "command", "run", "shell")
QUESTIONS: dict[str, tuple[Prompt, type[BaseModel]]] = {
    "N1": (first_opinion(CASE), opinion_form(CASE)),
    "N2": (structured_proposal(CASE), proposal_form(CASE)),
    "N3": (expert_report("x", ()), ExpertReport),
}


def anthropic(receiver: Receiver) -> LanguageModel:
    return AnthropicModel("key", "claude-test", base_url=receiver.url, retries=0)


def ollama(receiver: Receiver) -> LanguageModel:
    return OllamaModel(receiver.url, "gemma3:270m")


async def sent(model: LanguageModel, receiver: Receiver, level: str) -> dict[str, object]:
    """What the model was sent for a level's question; its answer does not matter."""
    prompt, form = QUESTIONS[level]
    with pytest.raises(LaboError):
        await model.complete(prompt, form)
    body: dict[str, object] = json.loads(receiver.received[0].body)
    return body


@pytest.mark.parametrize("level", QUESTIONS)
async def test_a_models_only_tool_is_to_answer(level: str) -> None:
    """And it has to use it: there is nothing else that it could do."""
    with receiving() as receiver:
        body = await sent(anthropic(receiver), receiver, level)

    tools = body["tools"]
    assert isinstance(tools, list)
    assert [tool["name"] for tool in tools] == ["answer"]
    assert body["tool_choice"] == {"type": "tool", "name": "answer"}


@pytest.mark.parametrize("level", QUESTIONS)
async def test_a_local_model_has_no_tool_at_all(level: str) -> None:
    """Its answer is a text in a form."""
    with receiving() as receiver:
        body = await sent(ollama(receiver), receiver, level)

    assert not body.get("tools")


@pytest.mark.parametrize("level", QUESTIONS)
def test_no_field_of_an_answer_approves_or_executes(level: str) -> None:
    """Not by name, in whatever depth of the form."""
    schema = QUESTIONS[level][1].model_json_schema()
    fields = {name for part in (schema, *schema.get("$defs", {}).values()) for name in names(part)}

    assert fields
    assert not [field for field in fields if any(act in field.split("_") for act in ACTS)]


def names(schema: dict[str, object]) -> list[str]:
    properties = schema.get("properties", {})
    return list(properties) if isinstance(properties, dict) else []
