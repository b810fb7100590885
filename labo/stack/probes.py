"""Readiness of the product's own processes."""

from __future__ import annotations

import httpx
import redis


def probe_http(url: str) -> str | None:
    """Ready when the URL answers with a 2xx."""
    try:
        response = httpx.get(url, timeout=2, trust_env=False)
    except httpx.HTTPError as error:
        return f"no HTTP answer yet: {error}"
    return None if response.is_success else f"{url} answers {response.status_code}"


def probe_celery(broker_url: str, node: str) -> str | None:
    """Ready when the worker answers a ping over the broker."""
    # Imported late: the CLI's other commands don't need it.
    from celery import Celery
    from kombu.exceptions import KombuError

    with Celery(broker=broker_url, set_as_current=False) as app:
        try:
            answers = app.control.ping(destination=[node], timeout=0.5)
        except (OSError, KombuError, redis.RedisError) as error:
            return f"the broker does not answer: {error}"
    return None if answers else f"{node} does not answer a ping yet"
