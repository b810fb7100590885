"""The steady state of a described cache: popularity of keys and hit ratio."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import accumulate, pairwise

from engine.description import model as description


@lru_cache(maxsize=256)
def popularity(keys: int, exponent: float) -> tuple[float, ...]:
    """Cumulative probability of the keys by rank, the last being 1 (Zipf 1949)."""
    sums = [*accumulate(rank**-exponent for rank in range(1, keys + 1))]
    return tuple(each / sums[-1] for each in sums)


@lru_cache(maxsize=4096)
def expected_hit_ratio(described: description.Cache, rate: float) -> float:
    """Hit ratio at `rate` look-ups per second in the steady state.

    Che's approximation (Che, Tung and Wang 2002, *Hierarchical web caching systems*): a look-up
    hits when the key was requested within the time in which the cache turns over, or the TTL.
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
    # A look-up of a fresh key does not extend its TTL: the hits of one stay form a renewal process.
    if high >= described.ttl:
        asked = (rate * share * high for share in shares)
        return sum(share * each / (1.0 + each) for share, each in zip(shares, asked, strict=True))
    return sum(share * (1.0 - math.exp(-rate * share * high)) for share in shares)
