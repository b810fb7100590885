"""The Ollama adapters through the real client: answers in its form, and a real server if given.

Set LABO_TEST_OLLAMA_URL to ask a real one, which must have gemma3:270m.
"""

from __future__ import annotations

import json
import os

import pytest

from labo.adapters.embedder.ollama import OllamaEmbedder
from labo.adapters.llm.ollama import OllamaModel
from labo.adapters.templates import load_templates
from labo.errors import InvalidInput, Unavailable
from labo.ports.llm import UnusableAnswer
from labo.prompts.first_opinion import FirstOpinion, first_opinion, opinion_form
from tests.builders.escalation import a_case, an_opinion
from tests.builders.receiver import Receiver, Reply, receiving

REAL = os.environ.get("LABO_TEST_OLLAMA_URL")
GOOD = an_opinion().model_dump_json()


def a_chat(content: str) -> Reply:
    """One answer of /api/chat with `stream: false`, as Ollama 0.17.4 sends it."""
    return Reply(
        body=json.dumps(
            {
                "model": "gemma3:270m",
                "created_at": "2026-01-01T12:00:00.123456789Z",
                "message": {"role": "assistant", "content": content},
                "done": True,
                "done_reason": "stop",
                "total_duration": 3_000_000_000,
                "load_duration": 100_000_000,
                "prompt_eval_count": 700,
                "prompt_eval_duration": 1_000_000_000,
                "eval_count": 60,
                "eval_duration": 1_900_000_000,
            }
        ).encode()
    )


def the_model(receiver: Receiver, timeout_s: float = 5) -> OllamaModel:
    return OllamaModel(receiver.url, "gemma3:270m", timeout_s=timeout_s)


async def test_the_message_is_the_answer() -> None:
    """With the server's own token counts."""
    with receiving(a_chat(GOOD)) as receiver:
        completion = await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)

    assert completion.answer == an_opinion()
    assert (completion.input_tokens, completion.output_tokens) == (700, 60)


async def test_the_schema_is_the_format() -> None:
    """Deterministic: temperature 0 and a fixed seed."""
    with receiving(a_chat(GOOD)) as receiver:
        await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)

    sent = json.loads(receiver.received[0].body)
    assert (receiver.received[0].path, sent["stream"]) == ("/api/chat", False)
    assert sent["format"] == FirstOpinion.model_json_schema()
    assert (sent["options"]["temperature"], sent["options"]["seed"]) == (0, 1)


async def test_instructions_and_data_are_one_message() -> None:
    """A chat template without a system role would drop the instructions without a word."""
    prompt = first_opinion(a_case())
    with receiving(a_chat(GOOD)) as receiver:
        await the_model(receiver).complete(prompt, FirstOpinion)

    [message] = json.loads(receiver.received[0].body)["messages"]
    assert message["role"] == "user"
    assert message["content"].startswith(prompt.instructions)
    assert message["content"].endswith(prompt.data)


async def test_an_invalid_answer_is_repaired_once() -> None:
    """The model sees its own words and what is wrong with them."""
    with receiving(a_chat('{"analysis": "cut'), a_chat(GOOD)) as receiver:
        completion = await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)

    messages = json.loads(receiver.received[1].body)["messages"]
    assert (completion.repaired, completion.input_tokens) == (True, 1400)
    assert messages[1] == {"role": "assistant", "content": '{"analysis": "cut'}
    assert "Invalid JSON" in messages[2]["content"]


async def test_a_second_invalid_answer_is_a_clear_failure() -> None:
    """Two attempts and no more."""
    with receiving(a_chat("{}")) as receiver, pytest.raises(UnusableAnswer, match="agrees"):
        await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)

    assert len(receiver.received) == 2


async def test_an_answer_that_was_cut_off_is_not_read() -> None:
    """Real servers answer 200 with `done: false` where a model repeats itself; even JSON that
    happens to be whole is asked for anew, and the repetition is not sent back."""
    cut = json.loads(a_chat(GOOD).body) | {"done": False, "done_reason": None}
    long = json.loads(a_chat(GOOD).body) | {"done_reason": "length"}
    for reply in (cut, long):
        with receiving(Reply(body=json.dumps(reply).encode()), a_chat(GOOD)) as receiver:
            completion = await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)

        messages = json.loads(receiver.received[1].body)["messages"]
        assert (completion.repaired, completion.answer) == (True, an_opinion())
        assert [message["role"] for message in messages] == ["user", "user"]
        assert "cut off" in messages[1]["content"]

    with (
        receiving(Reply(body=json.dumps(cut).encode())) as receiver,
        pytest.raises(UnusableAnswer, match="cut off before it was done"),
    ):
        await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"criticality": 9}, "criticality"),
        ({"parameters": {"component": "c1", "instances": 400}}, "instances"),
        ({"parameters": {"component": "c9", "instances": 1}}, "component"),
        ({"parameters": {"component": "c1"}}, "missing"),
        ({"template_id": "rm -rf /"}, "template_id"),
    ],
)
async def test_values_out_of_range_are_refused(changed: dict[str, object], fault: str) -> None:
    """The server enforces no bounds, so the adapter's form does, and says which."""
    case = a_case(*load_templates().values())
    good = {
        "agrees": True,
        "template_id": "scale_out",
        "parameters": {"component": "c1", "instances": 1},
        "criticality": 3,
        "evidence_ids": ["e1"],
    }
    with (
        receiving(a_chat(json.dumps(good | changed))) as receiver,
        pytest.raises(UnusableAnswer, match=fault),
    ):
        await the_model(receiver).complete(first_opinion(case), opinion_form(case))


async def test_the_request_has_no_tools() -> None:
    """And it is answered in one piece."""
    with receiving(a_chat(GOOD)) as receiver:
        await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)

    sent = json.loads(receiver.received[0].body)
    assert not sent.get("tools")
    assert sent["stream"] is False


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(body=b'{"x": "' + b"x" * 10_000_000 + b'"}'), "more than 1000000 bytes"),
        (Reply(body=b"x", headers={"content-encoding": "gzip"}), "packs its answer"),
    ],
)
async def test_an_answer_without_end_is_not_read(reply: Reply, fault: str) -> None:
    """Ten megabytes, or a packed text that may be as large."""
    with receiving(reply) as receiver, pytest.raises(UnusableAnswer, match=fault):
        await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)


@pytest.mark.parametrize("content", ["", "I would restart it.", '{"verse": "roses are red"}'])
async def test_nothing_prose_and_other_json_are_clear_failures(content: str) -> None:
    """After one attempt at a repair."""
    with (
        receiving(a_chat(content)) as receiver,
        pytest.raises(UnusableAnswer, match="unreadable after one repair"),
    ):
        await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)


async def test_a_missing_model_names_the_command_that_gets_it() -> None:
    """A 404 of Ollama means that the model was not pulled."""
    missing = Reply(404, b'{"error":"model \'gemma3:270m\' not found"}')
    with receiving(missing) as receiver, pytest.raises(Unavailable, match="ollama pull"):
        await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)


@pytest.mark.parametrize(
    "reply", [Reply(500, b"{}"), Reply(200, b"not json"), Reply(delay_s=0.4), Reply(307)]
)
async def test_a_server_in_trouble_is_unavailable(reply: Reply) -> None:
    """Errors, rubbish, silence and redirects alike."""
    with receiving(reply) as receiver, pytest.raises(Unavailable):
        await the_model(receiver, 0.2).complete(first_opinion(a_case()), FirstOpinion)


async def test_nobody_there_is_unavailable() -> None:
    """A closed port."""
    with receiving() as receiver:
        pass
    with pytest.raises(Unavailable, match="LABO_LLM__OLLAMA_URL"):
        await the_model(receiver).complete(first_opinion(a_case()), FirstOpinion)


async def test_embeddings_come_back_at_length_one() -> None:
    """In the order of the texts."""
    body = json.dumps({"model": "m", "embeddings": [[3.0, 4.0], [0.0, 2.0]]}).encode()
    with receiving(Reply(body=body)) as receiver:
        embedder = OllamaEmbedder(receiver.url, "m", dimensions=2)
        vectors = await embedder.embed(["a", "b"])
        assert await embedder.embed([]) == []

    assert vectors == [[0.6, 0.8], [0.0, 1.0]]
    assert json.loads(receiver.received[0].body)["input"] == ["a", "b"]


async def test_another_number_of_dimensions_names_the_setting() -> None:
    """The index was made for the configured number."""
    body = json.dumps({"model": "m", "embeddings": [[1.0, 0.0, 0.0]]}).encode()
    with receiving(Reply(body=body)) as receiver, pytest.raises(InvalidInput, match="DIMENSIONS"):
        await OllamaEmbedder(receiver.url, "m", dimensions=2).embed(["a"])


async def test_a_model_without_embeddings_is_unavailable() -> None:
    """A chat model answers 501."""
    with receiving(Reply(501, b'{"error":"no"}')) as receiver, pytest.raises(Unavailable):
        await OllamaEmbedder(receiver.url, "m").embed(["a"])


@pytest.mark.skipif(REAL is None, reason="LABO_TEST_OLLAMA_URL is not set")
@pytest.mark.timeout(1200)
async def test_a_real_model_answers_in_the_asked_form() -> None:
    """Its contents may be weak; form, counts and clear failures are what is relied on."""
    model = OllamaModel(str(REAL), "gemma3:270m", timeout_s=580)
    case = a_case(*load_templates().values())

    completion = await model.complete(first_opinion(case), opinion_form(case))

    assert 1 <= completion.answer.criticality <= 5
    assert completion.input_tokens > 0
    assert completion.output_tokens > 0
