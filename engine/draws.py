"""Common random numbers: each draw is a pure function of (seed, request, path, purpose).

Two runs that differ in one parameter have the same arrivals, keys and service times wherever
both make the same call, so their difference is the parameter's effect and not chance
(Glasserman and Yao 1992, *Some guidelines and guarantees for common random numbers*).
The mix is splitmix64 (Steele, Lea and Flood 2014, *Fast splittable pseudorandom number
generators*), on Python integers.
"""

from __future__ import annotations

import math
import zlib
from statistics import NormalDist

MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_UNIT = 2.0**-53
_STRATA = 4096


def mix(value: int) -> int:
    """64 well-spread bits of any integer from 0."""
    value = (value + _GOLDEN) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def label(text: str) -> int:
    """64 bits of a name, the same in every process."""
    return mix(zlib.crc32(text.encode("utf-8")))


ARRIVAL = label("arrival")
ENTRY = label("entry")
BURST = label("burst")
SERVICE = label("service")
TAKEN = label("taken")
BACKOFF = label("backoff")
KEY = label("key")
ERROR = label("error")
LOSS = label("loss")
REPLY_LOSS = label("reply loss")
ROWS = label("rows")
FLUSH = label("flush")
FOREIGN = label("foreign")


def root(seed: int, request: int) -> int:
    """The path of a request's first hop; deeper paths are `mix(path + step)`."""
    return mix((mix(seed & MASK) + request) & MASK)


def uniform(path: int, purpose: int) -> float:
    """In [0, 1)."""
    return (mix(path ^ purpose) >> 11) * _UNIT


def exponential(path: int, purpose: int) -> float:
    """Exponential of mean 1."""
    return -math.log(1.0 - (mix(path ^ purpose) >> 11) * _UNIT)


# Quantiles of the normal law at the middle of 4,096 strata: the tail ends at 3.7 deviations.
_NORMAL = tuple(NormalDist().inv_cdf((index + 0.5) / _STRATA) for index in range(_STRATA))


def normal(path: int, purpose: int) -> float:
    """Standard normal, to within a stratum of 1/4096."""
    return _NORMAL[mix(path ^ purpose) >> 52]
