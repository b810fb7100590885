"""Grafana alerting webhooks: Alertmanager's form, with a signature of their own.

Grafana before version 11 may send its older form: one rule, without `alerts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from labo.adapters.sources.alertmanager import normalise_alerts, resource_of, severity_word
from labo.adapters.sources.bodies import decode_loosely, reads_loosely
from labo.adapters.sources.fields import Fields
from labo.adapters.sources.interpretations import note
from labo.adapters.sources.signature import check_hmac, check_timestamp, presents_secret
from labo.adapters.sources.source import Headers, Normalised, Source, canonical, one
from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event
from labo.domain.incidents.status_words import read_status
from labo.errors import InvalidInput

SIGNATURE = "x-grafana-alerting-signature"
TIMESTAMP = "x-grafana-alerting-timestamp"


def normalise(payload: object, headers: Headers) -> Normalised:
    """One event per alert, or for the rule of the older form."""
    del headers
    if isinstance(payload, dict) and "alerts" not in payload and "ruleName" in payload:
        return one(_rule(Fields(payload)))
    return normalise_alerts("grafana", payload)


def _rule(rule: Fields) -> Event:
    """The older form: states `alerting`, `ok`, `no_data`, `paused`, `pending`; no times, and the
    tags of the rule and of the first series that matched."""
    name, word = rule.required("ruleName"), rule.required("state")
    status = read_status(word)
    if status is None:
        raise InvalidInput(f"unknown state {word[:50]!r}", where=rule.location("state"))
    note("status", word, "common words")
    matches = rule.values.get("evalMatches")
    first = matches[0] if isinstance(matches, list) and matches else None
    found = first.get("tags") if isinstance(first, dict) else None
    tags = rule.values.get("tags")
    labels = {
        **(found if isinstance(found, dict) else {}),
        **(tags if isinstance(tags, dict) else {}),
        "alertname": name,
    }
    return canonical(
        "grafana",
        dedup_key=digest("rule", rule.text("orgId") or "", rule.text("ruleId") or name),
        status=status,
        severity=severity_word(Fields(labels)),
        title=name,
        description=rule.words("message"),
        labels=labels,
        resource=resource_of(labels),
        links=(rule.words("ruleUrl"),),
        raw=rule.values,
    )


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


GRAFANA = Source("grafana", normalise, verify, decode_loosely, reads_loosely)
