"""The context stack of each hop: the components from the edge down to it.

A hop is recorded once its caller has its answer, so callees come before their callers, and those
that their caller gave up come after. A hop therefore waits until its caller's path is known.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from engine.records import Hop

SEPARATOR = "/"
MAX_KNOWN = 100_000
"""Paths kept for hops that come after their caller."""


class Paths:
    """Hops in, hops with their paths (`edge/gateway/catalogue`) out, callers first."""

    def __init__(self, known: int = MAX_KNOWN) -> None:
        self._size = known
        self._known: OrderedDict[int, str] = OrderedDict()
        self._waiting: dict[int, list[Hop]] = {}
        self._joined: dict[tuple[str, str], str] = {}

    def take(self, hop: Hop) -> list[tuple[Hop, str]]:
        """All hops whose paths are known now; none while the caller's own is not."""
        if hop.parent is None:
            return self._with_callees(hop, hop.component)
        above = self._known.get(hop.parent)
        if above is None:
            self._waiting.setdefault(hop.parent, []).append(hop)
            return []
        return self._with_callees(hop, self._join(above, hop.component))

    def rest(self) -> Iterator[tuple[Hop, str]]:
        """The hops whose callers never came, as when a run is stopped: their path begins at the
        caller."""
        missing = self._waiting.keys() - {
            hop.span for hops in self._waiting.values() for hop in hops
        }
        for parent in sorted(missing):
            for hop in self._waiting.pop(parent):
                above = hop.caller or ""
                yield from self._with_callees(hop, self._join(above, hop.component))
        self._waiting.clear()

    def _with_callees(self, hop: Hop, path: str) -> list[tuple[Hop, str]]:
        found = [(hop, path)]
        known, waiting = self._known, self._waiting
        for one, above in found:  # grows while it is walked
            known[one.span] = above
            callees = waiting.pop(one.span, ())
            found.extend((callee, self._join(above, callee.component)) for callee in callees)
        while len(known) > self._size:
            known.popitem(last=False)
        return found

    def _join(self, above: str, component: str) -> str:
        """One text per path, so that its hash is computed once."""
        key = above, component
        path = self._joined.get(key)
        if path is None:
            path = self._joined[key] = f"{above}{SEPARATOR}{component}"
        return path
