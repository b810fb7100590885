"""Reading a model's answer, with one attempt to have it repaired."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from labo.ports.llm import ModelUnavailable, TokenUsage, UnusableAnswer

T = TypeVar("T", bound=BaseModel)


ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Raw:
    """One attempt: the model's answer as JSON text, and its cost. `fault` says what is wrong with
    it whatever its text is, such as that it was cut off; empty where nothing is."""

    text: str
    input_tokens: int
    output_tokens: int
    fault: str = ""

    @property
    def usage(self) -> TokenUsage:
        return TokenUsage(self.input_tokens, self.output_tokens)


async def ask_twice(
    ask: Callable[[], Awaitable[Raw]],
    ask_again: Callable[[Raw, str], Awaitable[Raw]],
    answer: type[T],
    *,
    where: str,
) -> tuple[T, Raw, bool]:
    """The answer, the summed cost, and whether it took a repair.

    `ask_again` gets the first attempt and what was wrong with it. Raises UnusableAnswer when the
    second attempt is no better.
    """
    first = await ask()
    read, fault = _read(first, answer)
    if read is not None:
        return read, first, False
    try:
        second = await ask_again(first, fault)
    except (ModelUnavailable, UnusableAnswer) as error:
        if error.usage is not None:
            error.usage += first.usage
        raise
    total = Raw(
        second.text,
        first.input_tokens + second.input_tokens,
        first.output_tokens + second.output_tokens,
    )
    read, fault = _read(second, answer)
    if read is not None:
        return read, total, True
    raise UnusableAnswer(
        f"the model's answer stayed unreadable after one repair: {fault}",
        where=where,
        hint="try a larger model",
        usage=total.usage,
    )


def _read(attempt: Raw, answer: type[T]) -> tuple[T | None, str]:
    """The attempt as `answer`, or what is wrong with it."""
    if attempt.fault:
        return None, attempt.fault
    try:
        return answer.model_validate_json(attempt.text), ""
    except ValidationError as error:
        return None, complaint(error)


def complaint(error: ValidationError) -> str:
    """What is wrong, field by field, without the values: they are the model's own words."""
    faults = [
        f"{'.'.join(str(part) for part in one['loc']) or 'answer'}: {one['msg'][:150]}"
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return "; ".join(faults[:5])
