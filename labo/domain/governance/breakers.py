"""A circuit breaker as a value: an endpoint that fails is left alone until a probe succeeds.

After `MOST_FAILURES` in a row it opens. From its cool-down on one call is let through as a probe,
and only its success closes it; others go elsewhere meanwhile, and answers to calls from before it
opened prove nothing. Each failed probe doubles the cool-down. Times are of a monotonic clock, in
seconds: no jump of the wall clock opens or closes anything.

The states are Nygard's (Release It!, 2007); see ADR 0055 for why this is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

MOST_FAILURES = 3
"""By judgement: one is chance, and each costs an incident up to a minute's wait."""
COOL_DOWN_S = 30.0
LONGEST_COOL_DOWN_S = 600.0


class Admission(StrEnum):
    CALL = "call"
    PROBE = "probe"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Breaker:
    """`opened_at` None: closed. `epoch` counts the openings and closings."""

    failures: int = 0
    opened_at: float | None = None
    failed_probes: int = 0
    is_probing: bool = False
    epoch: int = 0

    @property
    def cool_down_s(self) -> float:
        return min(LONGEST_COOL_DOWN_S, COOL_DOWN_S * 2.0 ** min(self.failed_probes, 10))

    def admission(self, now: float) -> Admission:
        if self.opened_at is None:
            return Admission.CALL
        is_due = now - self.opened_at >= self.cool_down_s
        return Admission.PROBE if is_due and not self.is_probing else Admission.REFUSED


CLOSED = Breaker()


def begun(breaker: Breaker, admission: Admission) -> Breaker:
    """A call was admitted."""
    return replace(breaker, is_probing=True) if admission is Admission.PROBE else breaker


def succeeded(breaker: Breaker, admission: Admission, epoch: int) -> Breaker:
    """A call that began in `epoch` was answered.

    >>> succeeded(Breaker(failures=2), Admission.CALL, 0)
    Breaker(failures=0, opened_at=None, failed_probes=0, is_probing=False, epoch=0)
    """
    if admission is Admission.PROBE:
        return Breaker(epoch=breaker.epoch + 1)
    return replace(breaker, failures=0) if epoch == breaker.epoch else breaker


def failed(breaker: Breaker, admission: Admission, epoch: int, now: float) -> Breaker:
    """A call that began in `epoch` found the endpoint away, too slow or refusing."""
    if admission is Admission.PROBE:
        return replace(
            breaker, opened_at=now, failed_probes=breaker.failed_probes + 1, is_probing=False
        )
    if epoch != breaker.epoch:
        return breaker
    failures = breaker.failures + 1
    if failures < MOST_FAILURES:
        return replace(breaker, failures=failures)
    return Breaker(failures, opened_at=now, epoch=breaker.epoch + 1)


def abandoned(breaker: Breaker, admission: Admission) -> Breaker:
    """Nobody waited for the call's end: it proves nothing, and another may probe."""
    return replace(breaker, is_probing=False) if admission is Admission.PROBE else breaker
