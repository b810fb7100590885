"""Kinds of problems that have occurred, and the key by which two of them are the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from labo.domain.entities.behaviours import behaviour_of
from labo.domain.entities.conditions import metric_and_direction, state_key
from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity


class ProblemStatus(StrEnum):
    OBSERVED = "observed"
    VALIDATED = "validated"
    MERGED = "merged"
    RETIRED = "retired"


class ProblemKind(StrEnum):
    """What identifies the problem: an alert's name, a log template, or a behaviour that metrics
    show."""

    ALERT = "alert"
    LOG = "log"
    METRIC = "metric"


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem. It transfers between systems, so it names a role and no component.

    A merged problem remains as an alias: `merged_into` is the key of the problem it stands for.
    `named_by` is the person who gave the title; such a title is changed by people alone, and what
    the problem was called before stays in `former_titles`.
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
    named_by: str | None = None
    named_at: datetime | None = None
    former_titles: tuple[str, ...] = ()


def problem_key(role: str, kind: ProblemKind, what: str) -> str:
    """Digest of role, kind and alert name, masked template, or behaviour."""
    return digest("problem", role, kind.value, what, length=24)


def metric_problem(role: str, metric: str, direction: str) -> Problem:
    """The kind of problem that a deviation of `metric` on a component of `role` is evidence of: the
    behaviour that it shows.

    >>> metric_problem("database", "db.client.operation.duration.p95", "high").title
    'database is slow'
    """
    shown = behaviour_of(metric, direction)
    key = problem_key(role, ProblemKind.METRIC, shown.key)
    return Problem(key, shown.of(role), role, ProblemKind.METRIC)


def behaviour_instead(problem: Problem) -> Problem | None:
    """The behaviour that `problem` is evidence of, if a single metric identifies it, as it did
    before ADR 0032; None for every other problem."""
    said, _, role = problem.title.rpartition(" on ")
    metric, _, direction = said.rpartition(" ")
    state = state_key(metric, direction)
    deviation = metric_and_direction(state)
    is_its_name = problem.key == problem_key(role, ProblemKind.METRIC, state)
    if deviation is None or problem.kind is not ProblemKind.METRIC or not is_its_name:
        return None
    return metric_problem(role, *deviation)


def on_component(problem: Problem, component: str) -> str:
    """The problem on a component (name), as a title: `checkout is slow`."""
    if problem.kind is ProblemKind.METRIC and problem.title.startswith(f"{problem.role} "):
        return component + problem.title.removeprefix(problem.role)
    return f"{problem.title} on {component}"


def named_problem(name: str, role: str) -> Problem:
    """The kind of problem that people call so; the same as an alert's or a label's of that name."""
    return Problem(problem_key(role, ProblemKind.ALERT, name), name, role, ProblemKind.ALERT)
