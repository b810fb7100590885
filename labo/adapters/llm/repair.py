"""Reading a model's answer, with one attempt to have it repaired."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from labo.ports.llm import UnusableAnswer

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Raw:
    """One attempt: the model's answer as JSON text, and its cost."""

    text: str
    input_tokens: int
    output_tokens: int


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
    try:
        return answer.model_validate_json(first.text), first, False
    except ValidationError as error:
        fault = complaint(error)
    second = await ask_again(first, fault)
    total = Raw(
        second.text,
        first.input_tokens + second.input_tokens,
        first.output_tokens + second.output_tokens,
    )
    try:
        return answer.model_validate_json(second.text), total, True
    except ValidationError as error:
        raise UnusableAnswer(
            f"the model's answer stayed unreadable after one repair: {complaint(error)}",
            where=where,
            hint="try a larger model",
        ) from error


def complaint(error: ValidationError) -> str:
    """What is wrong, field by field, without the values: they are the model's own words."""
    faults = [
        f"{'.'.join(str(part) for part in one['loc']) or 'answer'}: {one['msg'][:150]}"
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return "; ".join(faults[:5])
