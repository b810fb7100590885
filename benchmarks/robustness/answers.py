"""What a method answers about one case, and how an answer is scored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from labo.domain.entities.diagnoses import SURE, Verdict
from labo.domain.entities.series import Case


@dataclass(frozen=True, slots=True)
class Answer:
    """`ranked` are (component, score), the likeliest first; a component left out has no score."""

    ranked: tuple[tuple[str, float], ...]
    verdict: Verdict

    @property
    def is_sure(self) -> bool:
        """Whether the verdict names a cause."""
        return self.verdict in SURE

    def has_within(self, k: int, roots: Collection[str]) -> bool:
        """Whether one of `roots` is among the `k` highest. Ties count against the method: what has
        the same score as the root is taken to be above it."""
        scores = [score for name, score in self.ranked if name in roots]
        if not scores:
            return False
        rivals = [score for name, score in self.ranked if name not in roots]
        return sum(score >= max(scores) for score in rivals) < k


class Ranker(Protocol):
    """A method of localisation: which component is the root cause, and how sure is it?"""

    def __call__(self, case: Case) -> Answer:
        """The answer to a case without label or telling name; what is raised counts as a miss."""
