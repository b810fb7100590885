"""Traces that show an occurrence hop by hop (causal tokens); each is an exemplar trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from labo.domain.telemetry.batches import ExemplarTrace
from labo.domain.telemetry.spans.bodies import Hop, hops_of, path_of


@dataclass(frozen=True, slots=True)
class CausalTrace:
    """`occurrence` (id) is shown by the trace; `path` names its components in the order in which
    it reached them. `is_noted`: it was linked to the occurrence when that was diagnosed."""

    trace_id: str
    occurrence: str
    at: datetime
    duration_ms: float
    is_error: bool
    path: tuple[str, ...]
    hops: tuple[Hop, ...]
    is_noted: bool = False


def tokens_of(
    occurrence: str, traces: Iterable[ExemplarTrace], noted: Iterable[str] = ()
) -> tuple[CausalTrace, ...]:
    """The traces as tokens, in the order given."""
    known = set(noted)
    found = []
    for trace in traces:
        hops = hops_of(trace.body)
        found.append(
            CausalTrace(
                trace_id=trace.trace_id,
                occurrence=occurrence,
                at=datetime.fromtimestamp(trace.timestamp, UTC),
                duration_ms=max((hop.duration_ms for hop in hops), default=trace.duration_ms),
                is_error=trace.is_error,
                path=path_of(hops),
                hops=hops,
                is_noted=trace.trace_id in known,
            )
        )
    return tuple(found)


def most_informative(tokens: Iterable[CausalTrace], limit: int) -> tuple[CausalTrace, ...]:
    """At most `limit` of them, each trace once: failed ones first, then the longest."""
    by_trace: dict[str, CausalTrace] = {}
    for token in tokens:
        by_trace.setdefault(token.trace_id, token)
    ordered = sorted(by_trace.values(), key=lambda t: (not t.is_error, -t.duration_ms, t.trace_id))
    return tuple(ordered[:limit])
