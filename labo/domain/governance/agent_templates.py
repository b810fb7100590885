"""Agent templates: what an escalation level runs, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from labo.domain.governance.templates import template_key
from labo.errors import InvalidInput


class ModelTier(StrEnum):
    """`local`: a small model on the own machine (N1). `standard`: a strong one (N2). `expert`: the
    strongest (N3)."""

    LOCAL = "local"
    STANDARD = "standard"
    EXPERT = "expert"


@dataclass(frozen=True, slots=True)
class AgentLimits:
    """Per run: tokens read and written, and seconds for all attempts together."""

    input_tokens: int
    output_tokens: int
    seconds: float
    attempts: int = 2


@dataclass(frozen=True, slots=True)
class AgentTemplate:
    """`prompt` and `answer` name a prompt and the form of its answer in labo/prompts. An agent that
    `requires_gpu` is run on one or refused."""

    id: str
    version: int
    title: str
    description: str
    prompt: str
    answer: str
    model_tier: ModelTier
    limits: AgentLimits
    requires_gpu: bool = False

    @property
    def key(self) -> str:
        return template_key(self.id, self.version)


def check_agent(template: AgentTemplate) -> None:
    """Raise InvalidInput for a limit that permits nothing, or without an end."""
    limits = template.limits
    for name, value, most in (
        ("input_tokens", limits.input_tokens, 1_000_000),  # the largest context on offer in 2026
        ("output_tokens", limits.output_tokens, 100_000),  # a report of N3 has some 10,000
        ("seconds", limits.seconds, 600),  # a job may take ten minutes
        ("attempts", limits.attempts, 3),  # an answer that fails twice is not repaired by asking
    ):
        if not 0 < value <= most:
            raise InvalidInput(f"{name}: above 0, at most {most}", where=f"agent {template.key}")
