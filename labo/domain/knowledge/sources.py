"""Where imported knowledge came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

BUNDLED = "labo-pack"
"""The source of the knowledge pack that comes with the product (docs/adr/0044)."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How much an import named; what was known already is counted too."""

    problems: int
    signatures: int
    edges: int
    labelled_incidents: int

    def __str__(self) -> str:
        return (
            f"{self.problems} problems, {self.signatures} conditions, {self.edges} causal edges "
            f"and {self.labelled_incidents} labelled incidents"
        )


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """What was imported from one source, in figures; `digest` is equal for equal content.

    `is_refused`: nothing was, and it is not to be loaded by itself either. `calibrated_on` is how
    many claims the source's calibration is based on: it says how sure the source's diagnoses may
    be, and changes none here.
    """

    source: str
    is_refused: bool
    problems: int
    signatures: int
    edges: int
    labelled_incidents: int
    calibrated_on: int
    digest: str
    imported_at: datetime

    @property
    def imported(self) -> Imported:
        """How much it was."""
        return Imported(self.problems, self.signatures, self.edges, self.labelled_incidents)
