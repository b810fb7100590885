"""How far what was learnt may raise a component: as far as the labels behind it reach."""

from __future__ import annotations

from dataclasses import dataclass
from math import log1p


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
        return max(least, min(self.most, self.log_odds))
