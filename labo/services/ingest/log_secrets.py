"""Log records without secrets: each line is searched once, whatever is made of it."""

from __future__ import annotations

from collections.abc import Sequence

from labo.domain.entities.masking import redact
from labo.domain.telemetry.logs.assembling import Record

_MAX_TEXT = 8_000
"""Characters of a message and of a record's text: templates and the search for words take the first
4,000 of it, descriptions as many of what is left when secrets are shortened."""
_MAX_BODY = 65_536
"""Characters of a stored line; the rest is cut with a mark. Longer than any message that a person
reads, so only dumps are cut."""


def without_secrets(record: Record) -> tuple[Record, Sequence[str]]:
    """What events and templates are made of, and the lines as they are stored."""
    bodies = [redact(_cut(line.text)) for line in record.lines]
    head, line = record.head, record.lines[0].text
    message = _end_of(line, line, head.message) if bodies[0] == line else None
    if message is None:
        # Alone, as a component's name in front of it may look like a secret's.
        message = redact(head.message[: _MAX_BODY if head.message[:1] == "{" else _MAX_TEXT])
    trace = redact(record.trace[:_MAX_TEXT]) if record.trace else ""
    component = head.component and redact(head.component)
    if (message, component, trace) == (head.message, head.component, record.trace):
        return record, bodies
    head = head._replace(message=message, component=component)
    return record._replace(head=head, trace=trace), bodies


def shown_text(record: Record, bodies: Sequence[str]) -> str:
    """At least the first 4,000 characters of the record's text without secrets."""
    text = _end_of(record.lines[0].text, bodies[0], record.text)
    return redact(record.text[:_MAX_TEXT]) if text is None else text


def _end_of(line: str, shown: str, part: str) -> str | None:
    """What a line that was redacted shows of its last part; None if that is not its last words."""
    start = len(line) - len(part)
    is_end = line.endswith(part) and (not start or line[start - 1].isspace())
    return shown[start:] if is_end and shown.startswith(line[:start]) else None


def _cut(text: str) -> str:
    if len(text) <= _MAX_BODY:
        return text
    return f"{text[:_MAX_BODY]}… [{len(text) - _MAX_BODY} more characters were cut]"
