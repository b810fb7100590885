"""A cache whose hit ratio emerges: keys by a Zipf law, entries under LRU and TTL."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict

from engine.description import model as description
from engine.description.caching import popularity
from engine.draws import ARRIVAL, FLUSH, label, mix, uniform

Key = tuple[str, int]


class Cache:
    """Entries with the time at which each expires, the least recently used first."""

    __slots__ = ("described", "entries", "exponent", "limit")

    def __init__(self, described: description.Cache) -> None:
        self.described = described
        self.entries: OrderedDict[Key, float] = OrderedDict()
        self.reset()

    def reset(self) -> None:
        """Reset the knobs to the description."""
        self.limit = self.described.entries
        self.exponent = self.described.exponent

    def key(self, operation: str, draw: float) -> Key:
        """The key that a uniform draw selects."""
        ranks = popularity(self.described.keys, self.exponent)
        return operation, min(bisect_right(ranks, draw), self.described.keys - 1)

    def has(self, key: Key, now: float) -> bool:
        """Whether the key is present and fresh; a hit makes it most recently used."""
        expires = self.entries.get(key)
        if expires is None:
            return False
        if expires <= now:
            del self.entries[key]
            return False
        self.entries.move_to_end(key)
        return True

    def put(self, key: Key, now: float) -> None:
        """Store a key for the TTL, evicting the least recently used one if necessary."""
        self.entries[key] = now + self.described.ttl
        self.entries.move_to_end(key)
        self.shrink()

    def shrink(self) -> None:
        """Evict down to the limit."""
        while len(self.entries) > self.limit:
            self.entries.popitem(last=False)

    def warm(self, operations: list[str], seed: int) -> None:
        """Fill as after a long run: the most popular keys, expiring at any time of a TTL."""
        each = min(self.described.keys, self.limit // len(operations))
        for operation in operations:
            path = mix(label(operation) ^ seed)
            for rank in reversed(range(each)):
                expires = self.described.ttl * uniform((path + rank), ARRIVAL)
                self.entries[operation, rank] = expires

    def flush(self, share: float, seed: int) -> None:
        """Drop this share of the entries."""
        for operation, rank in list(self.entries):
            if uniform(mix(label(operation) ^ seed) + rank, FLUSH) < share:
                del self.entries[operation, rank]
