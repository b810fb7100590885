"""A cache whose hit ratio emerges: keys by a Zipf law, entries under LRU and TTL."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import OrderedDict
from functools import lru_cache
from itertools import accumulate, pairwise

from engine import description
from engine.draws import ARRIVAL, FLUSH, label, mix, uniform

Key = tuple[str, int]


@lru_cache(maxsize=256)
def popularity(keys: int, exponent: float) -> tuple[float, ...]:
    """Cumulative probability of the keys by rank, the last being 1 (Zipf 1949)."""
    sums = [*accumulate(rank**-exponent for rank in range(1, keys + 1))]
    return tuple(each / sums[-1] for each in sums)


class Cache:
    """Entries with the time at which each expires, the least recently used first."""

    __slots__ = ("described", "entries", "exponent", "limit")

    def __init__(self, described: description.Cache) -> None:
        self.described = described
        self.entries: OrderedDict[Key, float] = OrderedDict()
        self.reset()

    def reset(self) -> None:
        """Turn the knobs back to the description."""
        self.limit = self.described.entries
        self.exponent = self.described.exponent

    def key(self, operation: str, draw: float) -> Key:
        """The key that a uniform draw asks for."""
        ranks = popularity(self.described.keys, self.exponent)
        return operation, min(bisect_right(ranks, draw), self.described.keys - 1)

    def has(self, key: Key, now: float) -> bool:
        """Whether the key is there and fresh; a use makes it recent."""
        expires = self.entries.get(key)
        if expires is None:
            return False
        if expires <= now:
            del self.entries[key]
            return False
        self.entries.move_to_end(key)
        return True

    def put(self, key: Key, now: float) -> None:
        """Keep a key for the TTL; the least recently used one goes."""
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


@lru_cache(maxsize=4096)
def expected_hit_ratio(described: description.Cache, rate: float) -> float:
    """Hit ratio at `rate` look-ups per second in the steady state.

    Che's approximation (Che, Tung and Wang 2002, *Hierarchical web caching systems*): a key is
    found when it was asked for within the time in which the cache turns over, or the TTL.
    """
    sums = popularity(described.keys, described.exponent)
    shares = [sums[0], *(after - before for before, after in pairwise(sums))]

    def filled(age: float) -> float:
        return sum(1.0 - math.exp(-rate * share * age) for share in shares)

    low, high = 0.0, described.ttl
    if filled(high) > described.entries:
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (low, middle) if filled(middle) > described.entries else (middle, high)
    # A look-up of a fresh key does not prolong its life: hits of one stay are renewals.
    if high >= described.ttl:
        asked = (rate * share * high for share in shares)
        return sum(share * each / (1.0 + each) for share, each in zip(shares, asked, strict=True))
    return sum(share * (1.0 - math.exp(-rate * share * high)) for share in shares)
