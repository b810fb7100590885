"""Asking a language model for a structured answer. The answer is a claim, never a fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from labo.errors import LaboError

T = TypeVar("T", bound=BaseModel)


class UnusableAnswer(LaboError):
    """The model answered, but not in the asked form, and repairing it once did not help."""

    code = "unusable_answer"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question. `data` is rendered from `facts` and is already masked and delimited.

    `facts` (plain JSON values) are what `data` was made from, so that an adapter without a model
    can answer from the same knowledge.
    """

    name: str
    instructions: str
    data: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Completion(Generic[T]):
    """A validated answer; token counts are the provider's own, over all attempts."""

    answer: T
    model: str
    input_tokens: int
    output_tokens: int
    took_ms: float
    repaired: bool = False


class LanguageModel(Protocol):
    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        """Ask for an `answer`.

        Raises Unavailable when the provider is away, too slow or refuses the call, and
        UnusableAnswer when its output cannot be parsed as `answer`.
        """
        ...
