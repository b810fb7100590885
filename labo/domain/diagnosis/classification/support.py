"""How far what was learnt may raise a component: as far as the labels behind it reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log1p

from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample

MOST_IMPORTED = 5
"""Labels that all imported training examples count as at most: 6 to 1."""
CLAIMS_WORTH = 20
"""Labelled incidents that known claims are worth: with as many behind its support they count half,
with more less. From so many on learnt weights know affected components (`weights.MIN_CAUSES`), and
say the same better: undiminished, claims lose 4 of 72 right components after 106 labels; after 10
both gain the same (ADR 0047)."""


@dataclass(frozen=True, slots=True)
class Support:
    """What knowledge says about a cause on one component, beyond what telemetry alone says.

    `log_odds` is what the metrics there yield, `labels` the number of independent labelled
    incidents that this is based on. `knows_affected`: these include what affected components look
    like, so that they can also lower a component; signatures describe root causes only.
    """

    log_odds: float = 0.0
    labels: int = 0
    knows_affected: bool = False
    effects: float = 0.0

    @property
    def most(self) -> float:
        """The largest log-odds that so many labels permit: log(labels + 1).

        The rule of succession (Laplace, 1774): after n labels, all of them right, the odds that the
        next incident is like them are n + 1 to 1, and no likelihood is worth more than the rule it
        rests on. 2 to 1 after one label, 6 after five, 21 after twenty.
        """
        return log1p(self.labels)

    @property
    def bounded(self) -> float:
        """The log-odds by which the component's share may be changed."""
        least = -self.most if self.knows_affected else 0.0
        return max(least, min(self.most, self.log_odds)) + self.effects * CLAIMS_WORTH / (
            CLAIMS_WORTH + self.labels
        )


def labels_behind(training_examples: Iterable[TrainingExample]) -> int:
    """The labels that weights learnt from these examples rest on: all root causes that were
    labelled here, and at most `MOST_IMPORTED` of those from elsewhere.

    >>> labels_behind([TrainingExample("db", "slow", {}, is_imported=True)] * 200)
    5
    """
    causes = [one for one in training_examples if one.title != NON_ROOT]
    imported = sum(one.is_imported for one in causes)
    return len(causes) - imported + min(imported, MOST_IMPORTED)
