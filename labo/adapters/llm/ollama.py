"""N1 by a local Ollama: chat with the answer's JSON schema as `format`, no tools, no streaming.

What the server promises is checked here: it answers 200 with `done: false` and cut JSON when a
model repeats itself, and does not enforce the bounds of a schema (seen with 0.17.4).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypeVar

import httpx
import ollama
from ollama import Message
from pydantic import BaseModel

from labo.adapters.llm.bounded import BoundedTransport
from labo.adapters.llm.repair import Raw, ask_twice
from labo.ports.llm import NO_USAGE, Completion, ModelUnavailable, Prompt, UnusableAnswer

T = TypeVar("T", bound=BaseModel)

# Held to a grammar, a small model writes blanks behind its JSON until its tokens run out; a blank
# line does not occur within it.
MOST_OUTPUT_TOKENS = 1024
_OPTIONS = {
    "temperature": 0,
    "seed": 1,
    "num_predict": MOST_OUTPUT_TOKENS,
    "num_ctx": 8192,
    "stop": ["\n\n"],
}


class OllamaModel:
    """Temperature 0 and a fixed seed: the same question to the same model gives the same answer."""

    def __init__(self, url: str, model: str, *, timeout_s: float = 60.0) -> None:
        self._model = model
        self._url = url
        self._timeout_s = timeout_s

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        started = time.perf_counter()
        schema = answer.model_json_schema()
        # One message: many small models' chat templates have no system role and drop it silently.
        messages = [Message(role="user", content=f"{prompt.instructions}\n\n{prompt.data}")]

        async def again(first: Raw, fault: str) -> Raw:
            demand = f"That answer does not fit the schema ({fault}). Send a corrected one."
            # What was cut off, mostly for repeating itself, is not worth repeating to the model.
            answered = [] if first.fault else [Message(role="assistant", content=first.text)]
            return await self._ask(
                [*messages, *answered, Message(role="user", content=demand)], schema
            )

        read, cost, repaired = await ask_twice(
            lambda: self._ask(messages, schema), again, answer, where=f"ollama {self._model}"
        )
        took_ms = (time.perf_counter() - started) * 1000
        return Completion(
            read, self._model, cost.input_tokens, cost.output_tokens, took_ms, repaired
        )

    async def _ask(self, messages: Sequence[Message], schema: dict[str, object]) -> Raw:
        # A client per call: connecting costs nothing beside the answer, and none is left open.
        # The operator named this host: neither a proxy nor a redirect may pick another.
        client = ollama.AsyncClient(
            host=self._url,
            timeout=self._timeout_s,
            follow_redirects=False,
            trust_env=False,
            transport=BoundedTransport(),
        )
        try:
            async with client:
                answer = await client.chat(
                    model=self._model,
                    messages=messages,
                    format=schema,
                    options=_OPTIONS,
                    stream=False,
                )
        except ollama.ResponseError as error:
            raise _refused(self._model, error) from error
        except UnusableAnswer as error:
            raise UnusableAnswer(error.message, where=f"ollama {self._model}") from error
        except (httpx.HTTPError, ConnectionError, ValueError) as error:
            is_away = isinstance(error, httpx.ConnectError | ConnectionError)
            raise ModelUnavailable(
                f"Ollama does not answer: {type(error).__name__}",
                where=f"ollama {self._model}",
                hint="check LABO_LLM__OLLAMA_URL",
                usage=NO_USAGE if is_away else None,
            ) from error
        return Raw(
            answer.message.content or "",
            answer.prompt_eval_count or 0,
            answer.eval_count or 0,
            _fault(answer),
        )


def _fault(answer: ollama.ChatResponse) -> str:
    """What keeps an answer from being read at all; empty where nothing does."""
    if not answer.done:
        return "the answer was cut off before it was done"
    if answer.done_reason == "length":
        return "the answer was cut off for its length"
    return ""


def _refused(model: str, error: ollama.ResponseError) -> ModelUnavailable:
    hint = f"run `ollama pull {model}`" if error.status_code == httpx.codes.NOT_FOUND else None
    return ModelUnavailable(
        f"Ollama refuses the call ({error.status_code})",
        where=f"ollama {model}",
        hint=hint,
        usage=NO_USAGE,
    )
