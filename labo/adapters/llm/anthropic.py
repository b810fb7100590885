"""N2 by Anthropic's Messages API: the answer is the input of one tool that must be called."""

from __future__ import annotations

import json
import time
from typing import TypeVar

import anthropic
from anthropic.types import Message, MessageParam, TextBlockParam, ToolParam, ToolUseBlock
from pydantic import BaseModel, ValidationError

from labo.adapters.llm.bounded import read_bounded
from labo.adapters.llm.repair import Raw, ask_twice, complaint
from labo.ports.llm import (
    NO_USAGE,
    Completion,
    ModelUnavailable,
    Prompt,
    TokenUsage,
    UnusableAnswer,
)

T = TypeVar("T", bound=BaseModel)

MOST_OUTPUT_TOKENS = 2_048
"""Of N2's answer; an expert's report says more."""
_TOOL = "answer"


class AnthropicModel:
    """The client retries connection faults, 408, 409, 429 and 5xx with jitter, `retries` times."""

    def __init__(
        self,
        api_key: str,
        model: str,
        *,
        base_url: str | None = None,
        timeout_s: float = 60.0,
        retries: int = 2,
        most_tokens: int = 2048,
    ) -> None:
        self._model = model
        self._most_tokens = most_tokens
        self._api_key = api_key
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._retries = retries

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        started = time.perf_counter()
        tool: ToolParam = {
            "name": _TOOL,
            "description": "Give your answer. Call this exactly once.",
            "input_schema": answer.model_json_schema(),
        }
        question: MessageParam = {"role": "user", "content": prompt.data}
        calls: list[ToolUseBlock] = []

        async def ask(*messages: MessageParam) -> Raw:
            message = await self._send(prompt.instructions, tool, messages)
            calls.append(_call(message, self._model))
            tokens = _input_tokens(message), message.usage.output_tokens
            return Raw(json.dumps(calls[-1].input), *tokens, _fault(message))

        async def again(_: Raw, fault: str) -> Raw:
            return await ask(question, *_correction(calls[-1], fault))

        read, cost, repaired = await ask_twice(
            lambda: ask(question), again, answer, where=f"anthropic {self._model}"
        )
        took_ms = (time.perf_counter() - started) * 1000
        return Completion(
            read, self._model, cost.input_tokens, cost.output_tokens, took_ms, repaired
        )

    async def _send(
        self, instructions: str, tool: ToolParam, messages: tuple[MessageParam, ...]
    ) -> Message:
        # The instructions and templates are the same for every incident: worth the cache.
        system: TextBlockParam = {
            "type": "text",
            "text": instructions,
            "cache_control": {"type": "ephemeral"},
        }
        try:
            async with (
                self._open() as client,
                client.messages.with_streaming_response.create(
                    model=self._model,
                    max_tokens=self._most_tokens,
                    system=[system],
                    messages=messages,
                    tools=[tool],
                    tool_choice={"type": "tool", "name": _TOOL},
                ) as response,
            ):
                return _message(await read_bounded(response.iter_bytes()))
        except (UnusableAnswer, ValidationError) as error:
            raise _foreign(self._model, error) from error
        except anthropic.APIStatusError as error:
            raise _refused(self._model, error.status_code) from error
        except anthropic.AnthropicError as error:
            # A time-out counts as a lost connection too, yet the answer may have been written.
            is_reached = isinstance(error, anthropic.APITimeoutError) or not isinstance(
                error, anthropic.APIConnectionError
            )
            raise ModelUnavailable(
                f"Anthropic does not answer: {type(error).__name__}",
                where=f"anthropic {self._model}",
                usage=None if is_reached else NO_USAGE,
            ) from error

    def _open(self) -> anthropic.AsyncAnthropic:
        # A client per call: connecting costs nothing beside the answer, and none is left open.
        return anthropic.AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            timeout=self._timeout_s,
            max_retries=self._retries,
        )


def _message(body: bytes) -> Message:
    """The client itself would pass on a text, or a message without its fields. Raises
    ValidationError."""
    return Message.model_validate_json(body)


def _fault(message: Message) -> str:
    cut = message.stop_reason == "max_tokens"
    return "the answer was cut off for its length" if cut else ""


def _foreign(model: str, error: UnusableAnswer | ValidationError) -> UnusableAnswer:
    why = complaint(error) if isinstance(error, ValidationError) else str(error)
    return UnusableAnswer(f"that is no answer of a model: {why}", where=f"anthropic {model}")


def _call(message: Message, model: str) -> ToolUseBlock:
    for block in message.content:
        if isinstance(block, ToolUseBlock) and block.name == _TOOL:
            return block
    raise UnusableAnswer(
        f"the model gave no structured answer (stopped by {message.stop_reason})",
        where=f"anthropic {model}",
        usage=TokenUsage(_input_tokens(message), message.usage.output_tokens),
    )


def _input_tokens(message: Message) -> int:
    """All input, cached or not: the provider counts the three apart."""
    usage = message.usage
    cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    return usage.input_tokens + cached


def _correction(call: ToolUseBlock, fault: str) -> tuple[MessageParam, MessageParam]:
    answer_turn: MessageParam = {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.input}],
    }
    demand_turn: MessageParam = {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": call.id,
                "is_error": True,
                "content": f"This does not fit the schema ({fault}). Call the tool again.",
            }
        ],
    }
    return answer_turn, demand_turn


def _refused(model: str, status: int) -> ModelUnavailable:
    hint = "check LABO_LLM__ANTHROPIC_API_KEY" if status in (401, 403) else None
    return ModelUnavailable(
        f"Anthropic refuses the call ({status})",
        where=f"anthropic {model}",
        hint=hint,
        usage=NO_USAGE,
    )
