"""Who calls whom, from spans that arrive in any order and in different batches.

A window holds the recent spans in two generations: a span finds its parent in it, a parent that
arrives late finds its waiting child. What is staged counts once `commit` is called, so that a batch
that could not be stored can be processed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from labo.domain.telemetry.spans.peers import Peer, peer_of, role_of
from labo.domain.telemetry.spans.span import Service, Span, SpanKind, has_failed

WINDOW_BYTES = 3_000_000
WINDOW_S = 30.0
"""Size of a generation of the window, in bytes and in seconds, whichever is reached first: the
first bounds memory, 10,000 spans of which half are calls, the second covers the delay between
senders. By judgement."""
_SPAN_BYTES, _CALL_BYTES, _PEER_BYTES, SERVICE_BYTES = 160, 480, 500, 3_000
"""About what a span, a call, a peer and a service take in the window; of the last the most."""
_MAX_PEERS = 3_000
_MAX_WAITING = 5_000
"""Parents that are waited for; and children of each."""
_MAX_CHILDREN = 20
_CALLING = (SpanKind.CLIENT, SpanKind.PRODUCER)
_ENTERING = (SpanKind.SERVER, SpanKind.CONSUMER)
_MAX_EMITTING = 3_000
_MAX_EXTERNAL = 1_000
"""Components that are remembered as emitting spans, and addresses as external; it bounds memory."""

ComponentName = tuple[str, str]
"""(system, component name)."""


@dataclass(slots=True, eq=False)
class Call:
    """A span that calls another component, without its ids and attributes. `answered` once the
    callee's own span was matched."""

    span: Span
    peer: Peer
    answered: bool = False

    @property
    def service(self) -> Service:
        return self.span.service


@dataclass(slots=True)
class Seen:
    """What was observed in a batch. `roles` are those of certain peers, and of those without a
    matching span in time; `calls` those to components without spans of their own, which are
    measured at the caller; `fresh` are new spans."""

    fresh: list[Span] = field(default_factory=list)
    services: dict[ComponentName, Service] = field(default_factory=dict)
    roles: dict[ComponentName, str] = field(default_factory=dict)
    links: set[tuple[ComponentName, ComponentName]] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)


class CallWindow:
    """The window of one workspace; it takes at most twice `max_bytes` and two batches."""

    def __init__(self, max_bytes: int = WINDOW_BYTES, seconds: float = WINDOW_S) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._last_service: Service | None = None
        self._seconds = seconds
        self._new: dict[bytes, Service | Call] = {}
        self._old: dict[bytes, Service | Call] = {}
        self._staged: dict[bytes, Service | Call] = {}
        self._waiting: dict[bytes, list[Service]] = {}
        self._waiting_old: dict[bytes, list[Service]] = {}
        self._began: float | None = None
        self._external: set[ComponentName] = set()
        self._emitting: set[ComponentName] = set()
        self._peers: dict[Peer, Peer] = {}

    def stage(self, spans: Iterable[Span], seen: Seen) -> None:
        """Process spans into `seen`; duplicates of spans in the window are left out."""
        staged, new, old = self._staged, self._new, self._old
        waiting, waiting_old = self._waiting, self._waiting_old
        for span in spans:
            key = span.trace + span.id
            if key in staged or key in new or key in old:
                continue
            seen.fresh.append(span)
            service = span.service
            kind = span.kind
            peer = peer_of(span) if kind > SpanKind.SERVER else None
            held = service if peer is None else self._meet(span, peer, seen)
            staged[key] = held
            self._bytes += _SPAN_BYTES if peer is None else _CALL_BYTES
            if service is not self._last_service:  # else it is held already
                self._bytes += SERVICE_BYTES
                self._last_service = service
            if kind == SpanKind.SERVER:
                self._know(service, role_of(service, span), seen)
            if (span.parent or span.links) and (kind in _ENTERING or span.is_remote):
                self._find_parent(span, seen)
            if key in waiting or key in waiting_old:
                for child in (*waiting.get(key, ()), *waiting_old.get(key, ())):
                    _match(held, child, seen)

    def commit(self, received_at: float, seen: Seen) -> None:
        """What was staged is stored. `seen` gets the calls without a matching span in time."""
        self._new.update(self._staged)
        self._staged = {}
        if self._began is None or received_at < self._began:
            self._began = received_at
        if self._bytes < self._max_bytes and received_at - self._began < self._seconds:
            return
        self._began, self._bytes, self._peers = received_at, 0, {}
        leaving, self._old, self._new = self._old, self._new, {}
        self._waiting_old, self._waiting = self._waiting, {}
        for held in leaving.values():
            if isinstance(held, Call) and not (held.answered or held.peer.certain):
                self._learn_external(held, seen)

    def rollback(self) -> None:
        """Drop what was staged: it could not be stored, and will be processed again."""
        self._staged = {}

    def _know(self, service: Service, role: str, seen: Seen) -> None:
        name = (service.system, service.component)
        if len(self._emitting) < _MAX_EMITTING:
            self._emitting.add(name)
        if role != service.role:
            seen.roles[name] = role

    def _meet(self, span: Span, peer: Peer, seen: Seen) -> Service | Call:
        here = (span.service.system, span.service.component)
        there = (span.service.system, peer.name)
        if peer.delivers:
            seen.roles.setdefault(there, peer.role)
            seen.links.add((there, here))
            return span.service
        if span.kind not in _CALLING:
            return span.service
        call = Call(_slim(span), self._shared(peer))
        if peer.certain:
            seen.roles.setdefault(there, peer.role)
            seen.links.add((here, there))
            if there not in self._emitting:
                seen.calls.append(call)
        elif there in self._external:
            call.answered = True  # counted here, so not again when it leaves the window
            seen.links.add((here, there))
            seen.calls.append(call)
        return call

    def _shared(self, peer: Peer) -> Peer:
        """The same peer as one object, since most calls go to few."""
        known = self._peers.get(peer)
        if known is not None:
            return known
        self._bytes += _PEER_BYTES
        if len(self._peers) < _MAX_PEERS:
            self._peers[peer] = peer
        return peer

    def _find_parent(self, span: Span, seen: Seen) -> None:
        for origin in (span.trace + span.parent, *span.links):
            held = self._staged.get(origin) or self._new.get(origin) or self._old.get(origin)
            if held is not None:
                _match(held, span.service, seen)
            elif len(self._waiting) < _MAX_WAITING:
                children = self._waiting.setdefault(origin, [])
                if len(children) < _MAX_CHILDREN and span.service not in children:
                    children.append(span.service)

    def _learn_external(self, call: Call, seen: Seen) -> None:
        here = (call.service.system, call.service.component)
        there = (call.service.system, call.peer.name)
        if there not in self._external and len(self._external) >= _MAX_EXTERNAL:
            return  # ever other addresses are no components that anybody could look at
        self._external.add(there)
        seen.roles.setdefault(there, call.peer.role)
        seen.links.add((here, there))
        seen.calls.append(call)


def _slim(span: Span) -> Span:
    return Span(
        b"", b"", b"", span.service, span.kind, span.start, span.end, has_failed(span), False, {}
    )


def _match(held: Service | Call, child: Service, seen: Seen) -> None:
    """`held` is the parent of a span of `child`, or a span that it links to."""
    callee = (child.system, child.component)
    if isinstance(held, Call):
        held.answered = True
        caller = (held.service.system, held.service.component)
        if held.peer.role == "queue":  # the message went via the queue, which calls its consumer
            caller = (caller[0], held.peer.name)
        seen.links.add((caller, callee))
    elif (caller := (held.system, held.component)) != callee:
        seen.links.add((caller, callee))
