"""What each span of a case's traces tells, of its component and of the one that it calls.

A span is a call where it says so (`peer`), or where the only span below it is another component's
and the one above its own: what receives a request may call another without a span for that. Who
listens at an address is learnt from the calls that were answered, so that a call to a component
that is down, or restarts, is known to be to it.
What a component does itself is told apart from what it waits for: of a call the time that the
callee's own span leaves uncovered is the callee's waiting time, and a call without such a span is
the callee's in full.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from labo.domain.entities.series import TimedSpan

SELF_TIME = "trace.self_time"
ERROR_RATE = "trace.error_rate"
UNEXPECTED_STEPS = "trace.unexpected_steps"
CALLED_ERRORS = "trace.called.error_rate"
CALLED_WAIT = "trace.called.wait_time"
CALLED_OFFSET = "trace.called.clock_offset"
CALLED_AGAIN = "trace.called.retried_at_once"

AT_ONCE = 0.1
"""Pause after a failed call, as a share of its duration, below which a caller does not back off. By
judgement (ADR 0022 names what it detects: a retry storm)."""
SAME_INSTANT = 1e-6
"""Times nearer than this are the same: as floating-point numbers, seconds since the epoch are a
quarter of a microsecond apart."""

_Id = tuple[str, str]
"""Trace and span."""
_Call = tuple[str, str, str, str]
"""Trace, calling span, called component and operation."""

Path = tuple[str, str, frozenset[tuple[str, str]]]
"""Component and operation of a span, and those of its steps: (operation, called component) of the
spans of the same component below it, without how often."""


class Value(NamedTuple):
    """`value` of a component's `metric` for one span. `kind` tells what may be compared: component
    and operation of the span, empty where all may be."""

    component: str
    metric: str
    kind: tuple[str, str]
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """The spans of a case: `owners`, the component of each; what is below each; the `listeners` by
    address; and the ends and durations of each failed call, in the order of the ends."""

    components: frozenset[str]
    owners: Mapping[_Id, str]
    children: Mapping[_Id, Sequence[TimedSpan]]
    listeners: Mapping[str, str]
    failed: Mapping[_Call, Sequence[tuple[float, float]]]

    @classmethod
    def of(cls, spans: Sequence[TimedSpan], components: Iterable[str]) -> Spans:
        """In one pass over the spans."""
        failed: dict[_Call, list[tuple[float, float]]] = defaultdict(list)
        for span in spans:
            if span.is_error and span.peer and span.parent:
                failed[_call(span)].append((_end(span), span.duration))
        ends = {call: sorted(found) for call, found in failed.items()}
        owners = {(span.trace, span.id): span.component for span in spans}
        children = _children(spans)
        listeners = _listeners(spans, children)
        return cls(frozenset(components), owners, children, listeners, ends)

    def below(self, span: TimedSpan) -> Sequence[TimedSpan]:
        """The spans whose parent it is."""
        return self.children.get((span.trace, span.id), ())

    def path(self, span: TimedSpan) -> Path:
        """What it does and by which steps. Those of other components don't count: they come later,
        from another process, or not at all."""
        own = (one for one in self.below(span) if one.component == span.component)
        steps = frozenset((one.operation, one.peer) for one in own)
        return span.component, span.operation, steps

    def values(self, span: TimedSpan) -> Iterator[Value]:
        """Everything but `UNEXPECTED_STEPS`, for which all spans have to be known."""
        own, kind, anyhow = self.below(span), (span.component, span.operation), ("", "")
        callee = self._callee(span, own)
        answers = [one for one in own if callee and one.component == callee]
        name = callee if callee and not own else span.component
        if not answers:
            yield Value(name, SELF_TIME, kind, _uncovered(span, own))
        yield Value(name, ERROR_RATE, anyhow, float(span.is_error))
        if not callee:
            return
        yield Value(callee, CALLED_ERRORS, anyhow, float(span.is_error))
        yield Value(callee, CALLED_AGAIN, anyhow, float(self._is_retried_at_once(span)))
        if len(answers) == 1 and span.peer_role != "queue":
            [answer] = answers
            outside = max(0.0, span.start - answer.start, _end(answer) - _end(span))
            yield Value(callee, CALLED_WAIT, kind, span.duration - answer.duration)
            yield Value(callee, CALLED_OFFSET, anyhow, outside)

    def _callee(self, span: TimedSpan, own: Sequence[TimedSpan]) -> str:
        """The component that a span calls, empty for none that is known."""
        above = self.owners.get((span.trace, span.parent))
        only = own[0].component if len(own) == 1 and above == span.component else ""
        for callee in (span.peer, only, "" if own else self.listeners.get(span.address, "")):
            if callee in self.components and callee != span.component:
                return callee
        return ""

    def _is_retried_at_once(self, span: TimedSpan) -> bool:
        """Whether the same caller's last failure of the same call was just before this one."""
        ends = self.failed.get(_call(span), [])
        last = bisect_right(ends, (span.start + SAME_INSTANT, math.inf))
        last -= span.is_error and span.duration <= SAME_INSTANT  # it would be its own repetition
        if last <= 0:
            return False
        end, duration = ends[last - 1]
        return span.start - end <= AT_ONCE * duration


def self_times(spans: Sequence[TimedSpan]) -> list[float]:
    """Each span's seconds that none of its children covers; NaN where the times are unknown.

    Overlapping children count once; parts outside of their parent (skewed clocks, messages
    processed later) do not count.
    """
    children = _children(spans)
    return [_uncovered(span, children.get((span.trace, span.id), ())) for span in spans]


def _call(span: TimedSpan) -> _Call:
    return span.trace, span.parent, span.peer, span.operation


def _end(span: TimedSpan) -> float:
    return span.start + span.duration


def _children(spans: Iterable[TimedSpan]) -> dict[_Id, list[TimedSpan]]:
    found: dict[_Id, list[TimedSpan]] = defaultdict(list)
    for span in spans:
        if span.parent and span.parent != span.id:
            found[span.trace, span.parent].append(span)
    return found


def _listeners(
    spans: Sequence[TimedSpan], children: Mapping[_Id, Sequence[TimedSpan]]
) -> dict[str, str]:
    """The component that answered most often at each address."""
    answered: Counter[tuple[str, str]] = Counter()
    for span in spans:
        if span.address:
            below = children.get((span.trace, span.id), ())
            answered.update(
                (span.address, c.component) for c in below if c.component != span.component
            )
    return {address: name for (address, name), _ in reversed(answered.most_common())}


def _uncovered(span: TimedSpan, children: Iterable[TimedSpan]) -> float:
    end = _end(span)
    covered, reached = 0.0, span.start
    for child in sorted(children, key=lambda one: (one.start, one.duration)):
        begin, finish = max(child.start, reached), min(_end(child), end)
        if finish > begin:
            covered += finish - begin
            reached = finish
    return span.duration - covered
