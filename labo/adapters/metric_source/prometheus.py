"""Prometheus, and servers with its HTTP API (Thanos, Mimir, VictoriaMetrics): range queries.

One PromQL query per metric kind; a label of each result names the component. Values are taken at
the end of a step and stamped with its start, so that nothing is read from the future of a step.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import numpy as np

from labo.adapters.outgoing import OutgoingAnswer, OutgoingPolicy, post
from labo.domain.entities.series import Series, SeriesKey, Window
from labo.errors import Forbidden, InvalidInput, Unavailable

MAX_POINTS = 11_000
"""Prometheus refuses a range query with more points per series."""

AT_ONCE = 4
WHERE = "LABO_PROMETHEUS__URL"
DEFAULT_QUERIES: Mapping[str, str] = {
    "up": "up",
    "process.cpu.utilization": "rate(process_cpu_seconds_total[5m])",
    "process.memory.usage": "process_resident_memory_bytes",
}
DEFAULT_LABELS = ("service", "job", "instance")
_PORT = re.compile(r":\d{1,5}$")

_Points = dict[SeriesKey, dict[float, list[float]]]


@dataclass(frozen=True, slots=True)
class PrometheusAccount:
    """A bearer token, or a user with a password; the token goes first."""

    token: str | None = None
    username: str | None = None
    password: str | None = None

    def headers(self) -> dict[str, str]:
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if self.username:
            pair = f"{self.username}:{self.password or ''}".encode()
            return {"Authorization": f"Basic {b64encode(pair).decode('ascii')}"}
        return {}


@dataclass(frozen=True, slots=True)
class PrometheusSource:
    """A `MetricSource`. `labels` are tried in order for the component's name.

    Results of one query that name the same component are averaged: aggregate in the query where
    another sum is meant.
    """

    url: str
    policy: OutgoingPolicy
    system: str = "default"
    queries: Mapping[str, str] = field(default_factory=lambda: DEFAULT_QUERIES)
    labels: Sequence[str] = DEFAULT_LABELS
    account: PrometheusAccount = PrometheusAccount()
    step_s: float = 60.0

    async def series(
        self, window: Window, *, step_s: float | None = None
    ) -> Mapping[SeriesKey, Series]:
        step = step_s or self.step_s
        room = asyncio.Semaphore(AT_ONCE)

        async def ask(metric: str, query: str, start: float, end: float) -> None:
            async with room:
                form = {"query": query, "start": start, "end": end, "step": step}
                results = await self._ask("query_range", form, f"{WHERE}, query of {metric}")
            try:
                _collect(points, metric, results, self.labels, step)
            except (TypeError, ValueError, OverflowError) as error:
                where = f"{WHERE}, query of {metric}"
                raise Unavailable("not an answer of Prometheus", where=where) from error

        points: _Points = {}
        await asyncio.gather(
            *(
                ask(metric, query, start, end)
                for metric, query in self.queries.items()
                for start, end in _ranges(window, step)
            )
        )
        return {key: _as_series(found) for key, found in sorted(points.items(), key=_series_key)}

    def selectors(self) -> Mapping[str, str]:
        return self.queries

    async def check(self) -> None:
        """Raises what `series` raises when the server does not answer a query."""
        await self._ask("query", {"query": "vector(1)"}, WHERE)

    async def _ask(self, verb: str, form: Mapping[str, object], where: str) -> list[object]:
        """The `result` of a query, sent as a form since a query may be longer than a URL."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept-Encoding": "identity",
            **self.account.headers(),
        }
        url = f"{self.url.rstrip('/')}/api/v1/{verb}"
        answer = await post(url, urlencode(form).encode(), headers, self.policy)
        if len(answer.body) >= self.policy.max_bytes:
            hint = "aggregate in the query, or raise LABO_PROMETHEUS__MAX_BYTES"
            raise InvalidInput("the answer is too large", where=where, hint=hint)
        data = _read(answer, where)
        result = data.get("result")
        if not isinstance(result, list):
            raise Unavailable("not an answer of Prometheus", where=where)
        return result


def prometheus_policy(
    url: str, *, allow_http: bool, allow_private: bool, timeout_s: float, max_bytes: int
) -> OutgoingPolicy:
    """Only the configured host may be asked."""
    host = (urlsplit(url).hostname or "").lower()
    return OutgoingPolicy(
        frozenset({host}), allow_http, allow_private, timeout_s=timeout_s, max_bytes=max_bytes
    )


def _ranges(window: Window, step: float) -> Iterator[tuple[float, float]]:
    """(first, last) evaluation times of each query: ends of steps, at most `MAX_POINTS` each."""
    first = math.ceil(window.start.timestamp() / step)
    last = math.ceil(window.end.timestamp() / step) - 1
    for start in range(first, last + 1, MAX_POINTS):
        end = min(start + MAX_POINTS - 1, last)
        yield (start + 1) * step, (end + 1) * step


def _read(answer: OutgoingAnswer, where: str) -> dict[str, object]:
    """The answer's `data`; an error by its kind, in Prometheus' own words."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    reply = body if isinstance(body, dict) else {}
    if answer.status == 200 and reply.get("status") == "success":
        data = reply.get("data")
        return data if isinstance(data, dict) else {}
    words = str(reply.get("error") or f"status {answer.status}")[:300]
    if answer.status in (401, 403):
        hint = "set LABO_PROMETHEUS__TOKEN, or __USERNAME and __PASSWORD"
        raise Forbidden(f"Prometheus refuses us: {words}", where=where, hint=hint)
    if answer.status in (400, 422):
        raise InvalidInput(f"Prometheus refuses the query: {words}", where=where)
    raise Unavailable(f"Prometheus does not answer: {words}", where=where)


def _collect(
    points: _Points, metric: str, results: list[object], labels: Sequence[str], step: float
) -> None:
    for result in results:
        if not isinstance(result, dict):
            continue
        name = _component(result.get("metric"), labels)
        values = result.get("values")
        if name is None or not isinstance(values, list):
            continue  # without a component, or a native histogram, which is not a number
        found = points.setdefault(SeriesKey(name, metric), {})
        for at, text in values:
            value = float(text)
            found.setdefault(float(at) - step, []).append(
                value if math.isfinite(value) else math.nan
            )


def _component(labels: object, wanted: Sequence[str]) -> str | None:
    if not isinstance(labels, dict):
        return None
    for label in wanted:
        if value := labels.get(label):
            return _PORT.sub("", str(value)) if label == "instance" else str(value)
    return None


def _as_series(found: Mapping[float, list[float]]) -> Series:
    stamps = sorted(found)
    means = [
        math.fsum(known) / len(known)
        if (known := [value for value in found[at] if math.isfinite(value)])
        else math.nan
        for at in stamps
    ]
    return Series(np.array(stamps, dtype=np.float64), np.array(means, dtype=np.float64))


def _series_key(item: tuple[SeriesKey, object]) -> tuple[str, str]:
    return item[0].component, item[0].metric
