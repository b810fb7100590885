"""Which traces are saved as exemplars: per component and minute the worst, a typical one, errors.

Their number is bounded: a trace that is slower than all before it in its minute by a quarter, at
most `MAX_WORST` times; `MAX_ERRORS` that failed; one typical; of at most `MAX_SLOTS` components
and minutes at once.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from labo.domain.telemetry.spans.span import Span, ended_at, has_failed, seconds
from labo.domain.telemetry.spans.summary import entry_metric

MAX_WORST = 10
MAX_ERRORS = 2
MAX_SLOTS = 2_000
"""See the module. By judgement: what a person examines of one minute, and what bounds memory."""
_WORSE = 1.25
"""Factor by which a trace has to be slower than the worst so far: ten such steps span a factor of
nine."""
_FOLLOW = 0.05
"""Weight of a new duration in the moving mean: it covers about the last twenty. By judgement."""
_NEAR = 0.2
"""Distance in log durations up to which one is typical: a fifth. By judgement."""
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """A trace chosen at an entry span of a component. `duration_ms` is that span's."""

    trace: bytes
    system: str
    component: str
    timestamp: float
    duration_ms: float
    is_error: bool


@dataclass(slots=True)
class _Slot:
    worst: float = 0.0
    worse: int = 0
    errors: int = 0
    has_typical: bool = False


class ExemplarChooser:
    """Deterministic given the order of the spans."""

    def __init__(self) -> None:
        self._slots: OrderedDict[tuple[str, str, int], _Slot] = OrderedDict()
        self._usual: dict[tuple[str, str], float] = {}

    def choose(self, spans: Iterable[Span], received_at: float) -> list[Choice]:
        """The traces to save because of these spans, each at most once per component."""
        chosen: dict[tuple[bytes, str], Choice] = {}
        for span in spans:
            if entry_metric(span) is None:
                continue
            service = span.service
            ended = ended_at(span, received_at)
            known = seconds(span)
            took = known or 0.0
            slot = self._slot((service.system, service.component, int(ended // _MINUTE)))
            is_usual = known is not None and self._is_usual(
                (service.system, service.component), took
            )
            failed = has_failed(span)
            if self._admits(slot, took, failed=failed, is_usual=is_usual):
                chosen[(span.trace, service.component)] = Choice(
                    span.trace, service.system, service.component, ended, took * 1000, failed
                )
        return list(chosen.values())

    def _admits(self, slot: _Slot, took: float, *, failed: bool, is_usual: bool) -> bool:
        if took > slot.worst * _WORSE and slot.worse < MAX_WORST:
            slot.worst = took
            slot.worse += 1
            return True
        if failed and slot.errors < MAX_ERRORS:
            slot.errors += 1
            return True
        if is_usual and not failed and not slot.has_typical:
            slot.has_typical = True
            return True
        return False

    def _slot(self, key: tuple[str, str, int]) -> _Slot:
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = _Slot()
            if len(self._slots) > MAX_SLOTS:
                self._slots.popitem(last=False)
        return slot

    def _is_usual(self, operation: tuple[str, str], took: float) -> bool:
        """Whether a duration is within a fifth of the usual one (a moving mean of logarithms)."""
        size = math.log(took + 1e-9)
        usual = self._usual.get(operation)
        if usual is None:
            if len(self._usual) < MAX_SLOTS:
                self._usual[operation] = size
            return False
        self._usual[operation] = usual + _FOLLOW * (size - usual)
        return abs(size - usual) < _NEAR
