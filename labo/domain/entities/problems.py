"""Kinds of problems that have occurred, and the key by which two of them are the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from labo.domain.entities.conditions import state_key
from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity


class ProblemStatus(StrEnum):
    OBSERVED = "observed"
    VALIDATED = "validated"
    MERGED = "merged"
    RETIRED = "retired"


class ProblemKind(StrEnum):
    """What identifies the problem: an alert's name, a log template, or a deviating metric."""

    ALERT = "alert"
    LOG = "log"
    METRIC = "metric"


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem. It transfers between systems, so it names a role and no component.

    A merged problem remains as an alias: `merged_into` is the key of the problem it stands for.
    """

    key: str
    title: str
    role: str
    kind: ProblemKind
    status: ProblemStatus = ProblemStatus.OBSERVED
    severity: Severity = Severity.WARNING
    summary: str = ""
    occurrences: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    aliases: tuple[str, ...] = ()
    merged_into: str | None = None
    version: int = 0


def problem_key(role: str, kind: ProblemKind, what: str) -> str:
    """Digest of role, kind and alert name, masked template, or the state's key."""
    return digest("problem", role, kind.value, what, length=24)


def metric_problem(role: str, metric: str, direction: str) -> Problem:
    """The kind of problem that a deviation of `metric` on a component of `role` constitutes."""
    key = problem_key(role, ProblemKind.METRIC, state_key(metric, direction))
    return Problem(key, f"{metric} {direction} on {role}", role, ProblemKind.METRIC)
