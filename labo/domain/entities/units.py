"""Units of metrics whose semantic-convention name implies one, and values as people read them.

A name outside of the conventions implies nothing: its values stay as they are. So do those of
`rpc.server.duration`, in milliseconds from an old SDK's metrics and in seconds from spans.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum

from labo.expressions import expression


class Unit(StrEnum):
    """What a value counts; `SHARE` is a fraction of 1."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    BYTES = "B"
    BYTES_PER_SECOND = "B/s"
    PER_SECOND = "per second"
    PER_MINUTE = "per minute"
    SHARE = "%"


_STATISTIC = re.compile(r"\.(?:mean|min|max|p\d{1,3})$")
_UNITS = tuple(
    (expression(pattern), unit)
    for pattern, unit in (
        # Labo's own, from spans and log lines.
        (r"trace\.(self_time|called\.(wait_time|clock_offset))", Unit.SECONDS),
        (r"trace\.(error_rate|unexpected_steps|called\.(error_rate|retried_at_once))", Unit.SHARE),
        (r"log\..+\.rate", Unit.PER_MINUTE),
        (r".+\.error_ratio", Unit.SHARE),
        # The conventions before 1.23 had HTTP durations in milliseconds.
        (r"http\.(server|client)\.duration", Unit.MILLISECONDS),
        (r"(http\.(server|client)\.request|dns\.lookup|rpc\.\w+\.call)\.duration", Unit.SECONDS),
        (r"(db|messaging)\.client\.\w+\.duration|messaging\.process\.duration", Unit.SECONDS),
        (r"db\.client\.connection\.(create|wait|use)_time", Unit.SECONDS),
        (r"(jvm|v8js|cpython|go)\.(gc|memory\.gc)\.duration", Unit.SECONDS),
        (
            r"(system|process|container)\..+\.utilization|(jvm|process)\.cpu\..*utilization",
            Unit.SHARE,
        ),
        (
            r"(system|process|container|jvm|k8s\.\w+)\.memory\.(usage|used|virtual|limit|committed|rss)",
            Unit.BYTES,
        ),
        (r"system\.(filesystem|paging)\.usage", Unit.BYTES),
        (r"http\.(server|client)\.(request|response)\.body\.size", Unit.BYTES),
        (r"(system|process|container|k8s\.\w+)\.(disk|network)\.io\.rate", Unit.BYTES_PER_SECOND),
        (r"(http\.(server|client)\.request|rpc\.\w+|db\.client\.operation)\.rate", Unit.PER_SECOND),
        (r"messaging\.(process|client\.\w+)\.rate", Unit.PER_SECOND),
    )
)
_TIMES = ((1.0, "s", 1.0), (1e-3, "ms", 1e3), (0.0, "µs", 1e6))
_SIZES = ((1e9, "GB", 1e-9), (1e6, "MB", 1e-6), (1e3, "kB", 1e-3), (0.0, "B", 1.0))


def unit_of(metric: str) -> Unit | None:
    """The unit that the metric's name implies, statistic or not; None where it implies none.

    >>> unit_of("http.server.request.duration.p95"), unit_of("latency_Average")
    (<Unit.SECONDS: 's'>, None)
    """
    name = _STATISTIC.sub("", metric)
    return next((unit for pattern, unit in _UNITS if pattern.fullmatch(name)), None)


def with_unit(value: str, metric: str) -> str:
    """A `value` of the metric with its unit; as it is where there is none, or it is no number.

    >>> with_unit("0.03382", "db.client.operation.duration.mean")
    '33.82 ms'
    """
    unit = unit_of(metric)
    try:
        number = float(value)
    except ValueError:
        return value
    if unit is None or not math.isfinite(number):
        return value
    if unit is Unit.SHARE:
        # Beyond 1 the sender has not followed the convention: perhaps it is a percentage already.
        return f"{100 * number:.4g}%" if 0 <= number <= 1 else value
    if unit in (Unit.SECONDS, Unit.MILLISECONDS):
        return _scaled(number * (1.0 if unit is Unit.SECONDS else 1e-3), _TIMES)
    if unit is Unit.BYTES:
        return _scaled(number, _SIZES)
    if unit is Unit.BYTES_PER_SECOND:
        return f"{_scaled(number, _SIZES)}/s"
    return f"{value} {unit.value}"


def _scaled(number: float, scales: tuple[tuple[float, str, float], ...]) -> str:
    if number == 0:
        return f"0 {scales[-1][1] if scales is _SIZES else 's'}"
    _, name, factor = next(one for one in scales if abs(number) >= one[0])
    return f"{number * factor:.4g} {name}"
