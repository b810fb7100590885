"""What is changed in a case: a variation has a name, a change, and what is right afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from labo.domain.entities.series import Case

Change = Callable[[Case, np.random.Generator], Case | None]


@dataclass(frozen=True, slots=True)
class Variation:
    """`change` returns None where it does not apply to a case. `is_answerable` is False where the
    root cannot be known any more, so that every sure answer is wrong."""

    name: str
    change: Change
    is_answerable: bool = True

    def apply(self, case: Case) -> Case | None:
        """The changed case; the draws depend on the names of case and variation alone."""
        seed = crc32(f"{case.name} {self.name}".encode())
        return self.change(case, np.random.default_rng(seed))


def unchanged(case: Case, _rng: np.random.Generator) -> Case:
    """The case as it is."""
    return case


AS_IT_IS = Variation("as it is", unchanged)
