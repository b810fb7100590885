"""What a source is: how its bodies become events, and how it proves that they are its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from labo.adapters.sources.bodies import JSON_TYPES, decode_json
from labo.adapters.sources.interpretations import ITEM_END, note
from labo.adapters.sources.redaction import (
    MAX_LABEL,
    Clean,
    clean_labels,
    cleaner,
    encode,
    raw_json,
)
from labo.adapters.sources.signature import presents_secret
from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity, read_severity
from labo.domain.incidents.events import Event, EventStatus, episode_id
from labo.errors import InvalidInput

Headers = Mapping[str, str]
"""Names in lower case."""

UNKNOWN_SEVERITY = "labo.unknown_severity"
"""The label with a severity's word that no table knows; the event counts as a warning."""
UNKNOWN_STATUS = "labo.unknown_status"
"""The label with a status' word that no table knows; the event counts as information."""

_MAX_KEY = 512
_MAX_DESCRIPTION = 4_000
_MAX_LINKS = 10
_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Refused:
    """An item of a body that became no event: its position, the field, and what is wrong."""

    index: int
    where: str
    reason: str


@dataclass(slots=True)
class Normalised:
    """What a body became. `places` and `positions` are where in the body each event stood."""

    events: list[Event] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


Normalise = Callable[[object, Headers], Normalised]
"""Pure: a decoded body to events. Raises InvalidInput, whatever the body is, when nothing in it can
be used; one bad item among good ones is refused alone."""

Decode = Callable[[bytes, str, Headers], object]
"""Body, content type (without parameters, lower case) and headers to what `Normalise` takes. Raises
InvalidInput."""

Reads = Callable[[str, Headers], bool]
"""Whether a source reads bodies of this content type (empty when none was sent)."""

Verify = Callable[[Headers, bytes, Sequence[str], datetime], bool]
"""Whether a secret of the source vouches for the raw body; False when no credential of the kind
is there. Raises Unauthenticated for one that does not fit."""


def by_shared_secret(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """For sources that sign nothing."""
    del body, now
    return presents_secret(headers, secrets)


def reads_json(kind: str, headers: Headers) -> bool:
    """`application/json` and types that are built on it, such as `application/vnd.x+json`."""
    del headers
    return kind in JSON_TYPES or (kind.startswith("application/") and kind.endswith("+json"))


@dataclass(frozen=True, slots=True)
class Source:
    """`answers_handshake`: whether its senders ask first (CloudEvents' OPTIONS)."""

    name: str
    normalise: Normalise
    verify: Verify = by_shared_secret
    decode: Decode = decode_json
    reads: Reads = reads_json
    answers_handshake: bool = False


def each(items: Iterable[object], at: str, read: Callable[[object, str], Event]) -> Normalised:
    """One event per item by `read(item, place)`; what it refuses is named, the others are kept.

    Raises InvalidInput, that of the first item, when every one was refused.
    """
    done = Normalised()
    first: InvalidInput | None = None
    for position, item in enumerate(items):
        place = f"{at}[{position}]"
        try:
            event = read(item, place)
        except InvalidInput as error:
            first = first or error
            note(ITEM_END, place, "refused")
            done.refused.append(Refused(position, error.where or place, error.message))
        else:
            note(ITEM_END, place, "")
            done.events.append(event)
            done.places.append(place)
            done.positions.append(position)
    if first is not None and not done.events:
        raise first
    return done


def item_count(payload: object) -> int:
    """How many events a body may become, before anything of it is read."""
    if isinstance(payload, dict):
        payload = payload.get("alerts")
    return len(payload) if isinstance(payload, list) else 1


def one(event: Event) -> Normalised:
    """A body that is a single event."""
    note(ITEM_END, "body", "")
    return Normalised([event], ["body"], [0])


def canonical(
    source: str,
    *,
    dedup_key: str,
    status: EventStatus,
    severity: Severity | str | None,
    title: str,
    raw: object,
    delivery_id: str | None = None,
    description: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    labels: Mapping[str, object] | None = None,
    resource: Mapping[str, object] | None = None,
    links: Sequence[str | None] = (),
) -> Event:
    """An event with bounded, redacted values and its identity. An end yet to come is dropped, an
    unknown word of severity is a warning and stays as a label."""
    ended = ends_at if status is EventStatus.RESOLVED else None
    urls = [link for link in links if link and link.startswith(_WEB)][:_MAX_LINKS]
    encoded = encode(raw)
    texts = (encoded, title, description or "", dedup_key, delivery_id or "", severity or "", *urls)
    tidy = cleaner(*texts, fields=(labels or {}, resource or {}))
    key, kept = _key(dedup_key, tidy), clean_labels(labels or {}, tidy)
    return Event(
        source=source,
        source_event_id=_key(delivery_id or episode_id(key, starts_at, status, ended), tidy),
        dedup_key=key,
        status=status,
        severity=_severity(severity, kept, tidy),
        title=tidy(title, 500),
        description=tidy(description or "", _MAX_DESCRIPTION),
        starts_at=starts_at,
        ends_at=ended,
        labels=kept,
        resource=clean_labels(resource or {}, tidy),
        links=tuple(tidy(url, MAX_LABEL) for url in urls),
        raw=raw_json(raw, encoded, tidy),
    )


def _key(text: str, tidy: Clean) -> str:
    """`text` where it can be stored as it is, else its digest: two that differ stay two."""
    is_plain = len(text) <= _MAX_KEY and tidy(text, _MAX_KEY) == text
    return text if is_plain else digest(text)


def _severity(word: Severity | str | None, labels: dict[str, str], tidy: Clean) -> Severity:
    """Of a sender's word; an unknown one is added to the labels."""
    if isinstance(word, Severity):
        return word
    if not word:
        note("severity", "", "none is given: a warning")
        return Severity.WARNING
    severity = read_severity(word)
    if severity is None:
        labels[UNKNOWN_SEVERITY] = tidy(word, 100)
        note("severity", word, "unknown word: a warning")
        return Severity.WARNING
    note("severity", word, "common words")
    return severity
