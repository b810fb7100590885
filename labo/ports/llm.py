"""Asking a language model for a structured answer. The answer is a claim, never a fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from labo.errors import LaboError, Unavailable

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """As the provider counts, over all attempts."""

    input_tokens: int
    output_tokens: int

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens
        )


NO_USAGE = TokenUsage(0, 0)


class _Paid(LaboError):
    """A failure that may have cost tokens: `usage`, None where nobody knows."""

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        usage: TokenUsage | None = None,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.usage = usage


class UnusableAnswer(_Paid):
    """The model answered, but not in the asked form, and repairing it once did not help.

    `usage` is what that took; None where the provider did not say."""

    code = "unusable_answer"


class ModelUnavailable(_Paid, Unavailable):
    """`usage` is what the attempt took: nothing where the provider was not reached or refused the
    call, None where nobody knows, since it may have answered into the void."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question. `data` is rendered from `facts` and is already masked and delimited.

    `facts` (plain JSON values) are what `data` was made from, so that an adapter without a model
    can answer from the same knowledge.

    `incident` (id) and `is_critical` say what the answer is for, to those who keep account;
    `requires_gpu` is the asking agent's own demand.
    """

    name: str
    instructions: str
    data: str
    facts: Mapping[str, object]
    incident: str = ""
    is_critical: bool = False
    requires_gpu: bool = False


@dataclass(frozen=True, slots=True)
class Completion(Generic[T]):
    """A validated answer; token counts are the provider's own, over all attempts."""

    answer: T
    model: str
    input_tokens: int
    output_tokens: int
    took_ms: float
    repaired: bool = False

    @property
    def usage(self) -> TokenUsage:
        return TokenUsage(self.input_tokens, self.output_tokens)


class LanguageModel(Protocol):
    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        """Ask for an `answer`.

        Raises Unavailable when the provider is away, too slow or refuses the call, and
        UnusableAnswer when its output cannot be parsed as `answer`.
        """
        ...
