"""Amazon SNS: alarms of CloudWatch and any other text, as JSON within JSON under `text/plain`."""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog

from labo.adapters.sources.bodies import decode_loosely, reads_loosely
from labo.adapters.sources.fields import Fields
from labo.adapters.sources.generic import Mapped
from labo.adapters.sources.interpretations import note
from labo.adapters.sources.sns_urls import is_sns_url
from labo.adapters.sources.source import Headers, Normalised, Source, canonical, one
from labo.domain.entities.keys import digest
from labo.domain.entities.masking import storable
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.incidents.status_words import read_status
from labo.errors import InvalidInput

log = structlog.get_logger()

_ASKING = ("SubscriptionConfirmation", "UnsubscribeConfirmation")


def normalise(payload: object, headers: Headers) -> Normalised:
    """One event: an alarm, another message, or SNS's request to confirm a subscription.

    A body without an envelope (raw message delivery, or EventBridge itself) is the message.
    """
    envelope = Fields(payload)
    if "TopicArn" not in envelope.values:
        return _message(envelope, payload, headers)
    if envelope.required("Type") in _ASKING:
        return one(_asking(envelope))
    return _message(envelope, _inner(envelope), headers)


def _message(envelope: Fields, message: object, headers: Headers) -> Normalised:
    alarm = _alarm(message)
    if alarm is not None:
        return one(_alarm_event(envelope, alarm))
    if isinstance(message, dict) and "title" in message:
        return _CANONICAL.normalise(message, headers)
    if "TopicArn" not in envelope.values:
        raise InvalidInput("neither an SNS message nor an alarm", where="body")
    return one(_note(envelope))


_CANONICAL = Mapped("sns", {})
"""A message that carries our own fields, as a publisher of one's own writes it."""


def _inner(envelope: Fields) -> object:
    """The message's value where it is JSON, else its text."""
    text = envelope.required("Message")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _alarm(message: object) -> Mapping[str, object] | None:
    """CloudWatch's alarm in SNS's form; EventBridge's form of it is turned into that one."""
    if not isinstance(message, dict):
        return None
    if "AlarmName" in message:
        return message
    detail = message.get("detail")
    if not isinstance(detail, dict) or "alarmName" not in detail:
        return None
    state = Fields(detail, "detail").object("state")
    return {
        "AlarmName": detail["alarmName"],
        "NewStateValue": state.values.get("value"),
        "NewStateReason": state.values.get("reason"),
        "StateChangeTime": state.values.get("timestamp") or message.get("time"),
        "AlarmArn": next(iter(_texts(message.get("resources"))), None),
        "Region": message.get("region"),
        "AWSAccountId": message.get("account"),
        "Dimensions": _bridged_dimensions(detail),
    }


def _alarm_event(envelope: Fields, values: Mapping[str, object]) -> Event:
    alarm = Fields(values, "Message")
    name, word = alarm.required("AlarmName"), alarm.required("NewStateValue")
    status = read_status(word)
    if status is None:
        raise InvalidInput(f"unknown state {word[:50]!r}", where="Message.NewStateValue")
    note("status", word, "Message.NewStateValue, common words")
    changed = alarm.time("StateChangeTime")
    ended = status is EventStatus.RESOLVED
    return canonical(
        "sns",
        delivery_id=_delivery(envelope),
        dedup_key=alarm.text("AlarmArn") or digest("alarm", envelope.text("TopicArn") or "", name),
        status=status,
        severity=None,
        title=name,
        description=alarm.words("NewStateReason") or alarm.words("AlarmDescription"),
        starts_at=None if ended else changed,
        ends_at=changed if ended else None,
        labels={
            "alertname": name,
            **{n: alarm.words(n) for n in ("Region", "AWSAccountId")},
            **_dimensions(alarm),
        },
        raw=envelope.values if "TopicArn" in envelope.values else values,
    )


def _dimensions(alarm: Fields) -> dict[str, object]:
    """The dimensions of the alarm's metric, or of the first of the metrics it computes with."""
    given = alarm.values.get("Dimensions")
    if isinstance(given, dict):
        return given
    trigger = alarm.values.get("Trigger")
    if not isinstance(trigger, dict):
        return {}
    metrics = trigger.get("Metrics")
    parts = [trigger]
    for metric in metrics if isinstance(metrics, list) else []:
        stat = metric.get("MetricStat") if isinstance(metric, dict) else None
        inner = stat.get("Metric") if isinstance(stat, dict) else None
        parts += [inner] if isinstance(inner, dict) else []
    for part in parts:
        listed = part.get("Dimensions")
        pairs = [_pair(item) for item in listed] if isinstance(listed, list) else []
        if named := {name: value for name, value in pairs if name}:
            return named
    return {}


def _pair(item: object) -> tuple[str, object]:
    if not isinstance(item, dict):
        return "", None
    return str(item.get("name") or item.get("Name") or ""), item.get("value", item.get("Value"))


def _bridged_dimensions(detail: Mapping[str, object]) -> object:
    configuration = detail.get("configuration")
    metrics = configuration.get("metrics") if isinstance(configuration, dict) else None
    for metric in metrics if isinstance(metrics, list) else []:
        stat = metric.get("metricStat") if isinstance(metric, dict) else None
        inner = stat.get("metric") if isinstance(stat, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("dimensions"), dict):
            return inner["dimensions"]
    return {}


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _note(envelope: Fields) -> Event:
    """A message that is no alarm: information, for nothing says that something is wrong."""
    message = envelope.required("Message")
    return canonical(
        "sns",
        delivery_id=_delivery(envelope),
        dedup_key=digest(
            "sns", envelope.required("TopicArn"), envelope.text("MessageId") or message
        ),
        status=EventStatus.INFO,
        severity=Severity.INFO,
        title=envelope.words("Subject") or message,
        description=message,
        starts_at=envelope.time("Timestamp"),
        labels={"topic": envelope.text("TopicArn")},
        raw=envelope.values,
    )


_LONGEST_ARN, _LONGEST_LINK = 300, 1_000
"""Characters that are logged; Amazon's have at most 256 behind the account, and about 500."""


def _asking(envelope: Fields) -> Event:
    """A person confirms: whoever may post here could otherwise make us fetch any address."""
    topic, url = envelope.required("TopicArn"), envelope.text("SubscribeURL") or ""
    is_amazons = is_sns_url(url)
    advice = (
        "To confirm, open the link yourself if you expect messages of this topic."
        if is_amazons
        else "The link is not Amazon's: do not open it."
    )
    title = f"SNS asks to confirm a change of the subscription to {topic}"
    shown = storable(url[:_LONGEST_LINK]) if is_amazons else None
    log.warning("sns.confirmation", topic=storable(topic[:_LONGEST_ARN]), url=shown, advice=advice)
    return canonical(
        "sns",
        delivery_id=_delivery(envelope),
        dedup_key=digest("sns", topic, envelope.text("Type") or ""),
        status=EventStatus.INFO,
        severity=Severity.INFO,
        title=title,
        description=advice,
        starts_at=envelope.time("Timestamp"),
        labels={"topic": topic, "event_type": envelope.text("Type")},
        links=(url,) if is_amazons else (),
        raw={k: v for k, v in envelope.values.items() if k not in ("Token", "SubscribeURL")},
    )


def _delivery(envelope: Fields) -> str | None:
    message = envelope.text("MessageId")
    if message is None:
        return None
    return digest(
        "sns", *(envelope.words(name) or "" for name in ("TopicArn", "Type", "Message")), message
    )


SNS = Source("sns", normalise, decode=decode_loosely, reads=reads_loosely)
