"""The one redactor: secrets out of texts and of JSON values, in linear time.

Structured values go by their field's name, texts by patterns too. What is masked shows as `***`,
everywhere the same; the text around it stays readable. Best effort on known forms: nothing relies
on it alone.
"""

from __future__ import annotations

import re

from labo.domain.entities.masking import fields, formats, numbers, places
from labo.domain.entities.masking.values import HIDDEN, hides
from labo.expressions import expression

_ANY = "|".join(
    (
        f"(?i:{fields.PATTERN})",
        formats.PATTERN,
        places.URL,
        places.SCHEME,
        places.COMMAND,
        places.FILES,
        numbers.PATTERN,
    )
)
_TRACES = expression(
    re.sub(r"\{(?:[5-9]|\d\d+)(?:,\d*)?\}", "{4,}", _ANY),
    memory=16 << 20,
)
"""Any secret has one: a text without is returned after one look.

Long repetitions are cut to four times, which finds more and makes the automaton a third smaller;
16 MB hold what it needs for the log lines of eleven systems, which takes a third of the time.
"""

_ESCAPES = (("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"))
_NAMES = frozenset({"name", "key", "field", "header", "variable", "param", "parameter", "id"})
_VALUES = frozenset({"value", "val", "content", "default", "stringvalue"})
_WRAPPED = frozenset({"stringValue", "intValue", "doubleValue", "boolValue"})
_LONG_NUMBER = 10**12
"""From 13 digits on, a number may be a card's."""


def has_traces(text: str) -> bool:
    """Whether `text` may hold a secret; False is certain, up to line breaks written as `\\n`."""
    return _TRACES.occurs_in(text)


def redact(text: str) -> str:
    """`text` with its secrets replaced by `***`; the same object when there are none.

    >>> redact("login password=hunter2 failed, prompt_tokens=512")
    'login password=*** failed, prompt_tokens=512'
    """
    # As a program or JSON writes several lines in one: there `\nkey` begins with the word `nkey`.
    written = _written(text) if "\\" in text else ()
    plain = text
    for escape, char in written:
        plain = plain.replace(escape, char)
    if not has_traces(plain):
        return text
    shown = places.blank_files(plain)
    shown = formats.blank_forms(shown, HIDDEN)
    shown = fields.blank_fields(shown)
    shown = places.blank_urls(shown)
    shown = places.blank_schemes(shown)
    shown = places.blank_commands(shown)
    shown = numbers.blank_numbers(shown)
    if shown == plain:
        return text
    for escape, char in written:
        shown = shown.replace(char, escape)
    return shown


def _written(text: str) -> list[tuple[str, str]]:
    """The line breaks that `text` has as escapes only."""
    return [pair for pair in _ESCAPES if pair[0] in text and pair[1] not in text]


def redact_value(value: object) -> object:
    """A JSON value with its secrets replaced, by the names of fields and within texts.

    Objects that name a field beside its value, `{"name": "password", "value": "x"}`, count as
    fields. Raises RecursionError for what is nested too deeply.
    """
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return _redacted_object(value)
    if isinstance(value, list | tuple):
        return [redact_value(item) for item in value]
    if isinstance(value, int) and value >= _LONG_NUMBER:
        return HIDDEN if redact(str(value)) == HIDDEN else value
    return value


def _redacted_object(value: dict[str, object]) -> dict[str, object]:
    if value.get("kind") == "Secret":
        value = {k: HIDDEN if k in ("data", "stringData") else v for k, v in value.items()}
    named = next((v for k, v in value.items() if k.lower() in _NAMES and isinstance(v, str)), None)
    redacted: dict[str, object] = {}
    for name, item in value.items():
        about = named if named is not None and name.lower() in _VALUES else name
        redacted[redact(name)] = (
            _hidden(item) if hides(about, _unwrapped(item)) else redact_value(item)
        )
    return redacted


def _unwrapped(item: object) -> object:
    """The value within OTLP's `{"stringValue": …}`; a number that it writes as text is one."""
    if isinstance(item, dict) and len(item) == 1:
        ((kind, value),) = item.items()
        if kind in _WRAPPED:
            return value if kind in ("stringValue", "boolValue") else 0
    return item


def _hidden(item: object) -> object:
    is_wrapped = isinstance(item, dict) and len(item) == 1 and item.keys() <= _WRAPPED
    return {"stringValue": HIDDEN} if is_wrapped else HIDDEN
