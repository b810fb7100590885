"""Grafana alerting webhooks: Alertmanager's form, with a signature of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from labo.adapters.sources.alertmanager import normalise_alerts
from labo.adapters.sources.signature import check_hmac, check_timestamp, presents_secret
from labo.adapters.sources.source import Headers, Normalised, Source

SIGNATURE = "x-grafana-alerting-signature"
TIMESTAMP = "x-grafana-alerting-timestamp"


def normalise(payload: object, headers: Headers) -> Normalised:
    """One event per alert."""
    del headers
    return normalise_alerts("grafana", payload)


def verify(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """HMAC-SHA256 over the body, or over `timestamp:body` where a timestamp is sent."""
    signature = headers.get(SIGNATURE)
    if signature is None:
        return presents_secret(headers, secrets)
    timestamp = headers.get(TIMESTAMP)
    signed = body
    if timestamp is not None:
        check_timestamp(timestamp, now, TIMESTAMP)
        signed = timestamp.encode() + b":" + body
    check_hmac([signature], signed, secrets, SIGNATURE)
    return True


GRAFANA = Source("grafana", normalise, verify)
