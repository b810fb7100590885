"""The Anthropic adapter through the real client, against the documented message format.

The real service has not been asked: these replies are written after its public documentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from labo.adapters.llm.anthropic import AnthropicModel
from labo.errors import Unavailable
from labo.ports.llm import Completion, UnusableAnswer
from labo.prompts.structured_proposal import StructuredProposal, structured_proposal
from tests.builders.escalation import a_case, a_proposal
from tests.builders.receiver import Receiver, Reply, receiving

GOOD: dict[str, object] = a_proposal().model_dump(mode="json")


def a_message(
    answer: Mapping[str, object] | None, *, stop_reason: str = "tool_use", cached: int = 0
) -> Reply:
    """A Messages API answer that calls the tool with `answer`, or only talks."""
    call = {"type": "tool_use", "id": "toolu_01", "name": "answer", "input": answer}
    talk = {"type": "text", "text": "I would rather not."}
    return Reply(
        body=json.dumps(
            {
                "id": "msg_01",
                "type": "message",
                "role": "assistant",
                "model": "claude-test",
                "content": [talk] if answer is None else [call],
                "stop_reason": stop_reason,
                "stop_sequence": None,
                "usage": {
                    "input_tokens": 100,
                    "output_tokens": 20,
                    "cache_read_input_tokens": cached,
                    "cache_creation_input_tokens": 0,
                },
            }
        ).encode()
    )


def an_error(status: int, kind: str) -> Reply:
    body = {"type": "error", "error": {"type": kind, "message": "no"}, "request_id": "req_1"}
    return Reply(status, json.dumps(body).encode(), {"retry-after-ms": "1"})


async def ask(receiver: Receiver, *, timeout_s: float = 5) -> Completion[StructuredProposal]:
    model = AnthropicModel(
        "key", "claude-test", base_url=receiver.url, timeout_s=timeout_s, retries=1
    )
    return await model.complete(structured_proposal(a_case()), StructuredProposal)


async def test_the_tools_input_is_the_answer() -> None:
    """Tokens are the provider's own count, cached input included."""
    with receiving(a_message(GOOD, cached=900)) as receiver:
        completion = await ask(receiver)

    assert completion.answer == a_proposal()
    assert (completion.input_tokens, completion.output_tokens) == (1000, 20)
    assert not completion.repaired


async def test_the_request_forces_the_one_tool() -> None:
    """Instructions are cacheable; the data is the user's message; the key is a header."""
    with receiving(a_message(GOOD)) as receiver:
        await ask(receiver)

    [got] = receiver.received
    sent = json.loads(got.body)
    assert (got.path, got.headers["authorization"]) == ("/v1/messages", "Bearer key")
    assert sent["tool_choice"] == {"type": "tool", "name": "answer"}
    assert [tool["name"] for tool in sent["tools"]] == ["answer"]
    assert sent["tools"][0]["input_schema"] == StructuredProposal.model_json_schema()
    assert sent["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "<incident_data>" in sent["messages"][0]["content"]


async def test_an_invalid_answer_is_repaired_once() -> None:
    """The model is told which field is wrong, as the result of its own call."""
    with receiving(a_message({**GOOD, "criticality": 9}), a_message(GOOD)) as receiver:
        completion = await ask(receiver)

    [_, said, told] = json.loads(receiver.received[1].body)["messages"]
    assert (completion.repaired, completion.input_tokens) == (True, 200)
    assert said["content"][0]["type"] == "tool_use"
    assert told["content"][0]["tool_use_id"] == "toolu_01"
    assert "criticality" in told["content"][0]["content"]


async def test_a_second_invalid_answer_is_a_clear_failure() -> None:
    """Two attempts and no more."""
    with receiving(a_message({})) as receiver, pytest.raises(UnusableAnswer, match="analysis"):
        await ask(receiver)

    assert len(receiver.received) == 2


async def test_an_answer_without_the_tool_is_unusable() -> None:
    """A refusal or a cut-off answer names what stopped it."""
    with (
        receiving(a_message(None, stop_reason="refusal")) as receiver,
        pytest.raises(UnusableAnswer, match="refusal"),
    ):
        await ask(receiver)


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(body=b"Try again later.", headers={"content-type": "text/plain"}), "Invalid JSON"),
        (Reply(body=b""), "Invalid JSON"),
        (Reply(body=b"null"), "should be an object"),
        (Reply(body=b'{"choices": [{"message": {"content": "{}"}}]}'), "content: Field required"),
        (Reply(body=b'{"x": "' + b"x" * 10_000_000 + b'"}'), "more than 1000000 bytes"),
    ],
)
async def test_what_is_no_message_is_a_clear_failure(reply: Reply, fault: str) -> None:
    """Prose, nothing, another vendor's form, ten megabytes: the client itself would pass the first
    ones on."""
    with receiving(reply) as receiver, pytest.raises(UnusableAnswer, match=fault):
        await ask(receiver)


@pytest.mark.parametrize(
    "answer",
    [
        {"verse": "roses are red"},
        {**GOOD, "analysis": "x" * 9_000},
        {**GOOD, "risk_level": "none"},
        {**GOOD, "parameters": {"component": {"$ref": "#"}}},
    ],
)
async def test_another_form_is_a_clear_failure(answer: dict[str, object]) -> None:
    """After one attempt at a repair."""
    with (
        receiving(a_message(answer)) as receiver,
        pytest.raises(UnusableAnswer, match="unreadable after one repair"),
    ):
        await ask(receiver)


async def test_an_answer_cut_off_for_its_length_is_asked_for_again() -> None:
    """Even if what came fits the form."""
    cut = a_message(GOOD, stop_reason="max_tokens")
    with receiving(cut, a_message(GOOD)) as receiver:
        completion = await ask(receiver)

    assert (completion.repaired, len(receiver.received)) == (True, 2)


@pytest.mark.parametrize(
    ("status", "kind", "requests"),
    [
        (400, "invalid_request_error", 1),
        (401, "authentication_error", 1),
        (429, "rate_limit_error", 2),
        (500, "api_error", 2),
        (529, "overloaded_error", 2),
    ],
)
async def test_a_refused_call_is_unavailable(status: int, kind: str, requests: int) -> None:
    """What may pass is tried again by the client, what cannot is not."""
    with (
        receiving(an_error(status, kind)) as receiver,
        pytest.raises(Unavailable, match=str(status)),
    ):
        await ask(receiver)

    assert len(receiver.received) == requests


async def test_a_wrong_key_names_the_setting() -> None:
    """And never the key."""
    with (
        receiving(an_error(401, "authentication_error")) as receiver,
        pytest.raises(Unavailable, match="LABO_LLM__ANTHROPIC_API_KEY"),
    ):
        await ask(receiver)


async def test_silence_is_unavailable() -> None:
    """After the time-out, tries included."""
    slow = Reply(delay_s=0.4)
    with receiving(slow) as receiver, pytest.raises(Unavailable, match="APITimeoutError"):
        await ask(receiver, timeout_s=0.1)


async def test_nobody_there_is_unavailable() -> None:
    """A closed port."""
    with receiving() as receiver:
        pass
    with pytest.raises(Unavailable):
        await ask(receiver)
