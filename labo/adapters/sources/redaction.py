"""Nothing secret and nothing unbounded goes from a foreign payload into the graph."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from labo.adapters.sources.fields import scalar_text
from labo.domain.entities.masking import (
    HIDDEN,
    Secrecy,
    has_traces,
    hides,
    redact,
    redact_value,
    secrecy,
    storable,
)
from labo.errors import InvalidInput

MAX_RAW = 32_000
MAX_LABELS = 100
MAX_LABEL = 1_000
_MAX_NAME = 200
_CACHED = 64
"""Characters of the longest name that is cached, so that 4,096 of them are at most 2 MB."""
_MARGIN = 4_000
"""Characters beyond a limit that are searched too: a secret cut in two is not known any more."""

_ENCODER = json.JSONEncoder(separators=(",", ":"))
"""Made once: `json.dumps` makes one a call."""


Clean = Callable[[str, int], str]


def clean(text: str, limit: int = MAX_LABEL) -> str:
    """`text` without secrets, cut to `limit`, storable as UTF-8."""
    return bounded(redact(storable(text[: limit + _MARGIN])), limit)


def bounded(text: str, limit: int = MAX_LABEL) -> str:
    """`text` cut to `limit`, storable as UTF-8."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return text if text.isascii() else storable(text)


def cleaner(*texts: str, fields: Sequence[Mapping[str, object]] = ()) -> Clean:
    """`clean` where a text or a value of `fields` may hold a secret, else `bounded`.

    One look for them all, since most messages hold none.
    """
    parts = list(texts)
    for values in fields:
        parts += values
        try:
            parts.append("\n".join(values.values()))  # type: ignore[arg-type]
        except TypeError:  # not texts only
            parts += map(scalar_text, values.values())
    return clean if _may_hide("\n".join(parts)) else bounded


def _may_hide(text: str) -> bool:
    """Whether a text, or JSON with its escaped line breaks, may hold a secret."""
    if "\\n" in text or "\\t" in text or "\\r" in text:
        text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
    return has_traces(text)


def clean_labels(labels: Mapping[str, object], tidy: Clean = clean) -> dict[str, str]:
    """At most `MAX_LABELS` labels as text; what its name calls a secret is masked."""
    cleaned: dict[str, str] = {}
    for name, value in labels.items():
        if value is None or value == "":
            continue
        if len(cleaned) == MAX_LABELS:
            break
        shown, may_hide = _label_name(name) if len(name) <= _CACHED else _read_name(name)
        if may_hide and hides(name, value):
            cleaned[shown] = HIDDEN
        else:
            text = value if isinstance(value, str) else scalar_text(value)
            cleaned[shown] = tidy(text, MAX_LABEL)
    return cleaned


@lru_cache(maxsize=4096)
def _label_name(name: str) -> tuple[str, bool]:
    """Names repeat."""
    return _read_name(name)


def _read_name(name: str) -> tuple[str, bool]:
    """A label's name as it is stored, and whether its value may be a secret."""
    return clean(name, _MAX_NAME), secrecy(name) is not Secrecy.NONE


def encode(value: object) -> str:
    """`value` as JSON text. Raises InvalidInput where JSON has no such value."""
    try:
        return _ENCODER.encode(value)
    except (RecursionError, ValueError) as error:
        raise InvalidInput("nested too deeply, or with a number too long", where="body") from error


def raw_json(value: object, encoded: str | None = None, tidy: Clean = clean) -> str:
    """`value` as redacted JSON text; a long one becomes `{"truncated": "…"}`.

    `encoded` is `encode(value)`, which `tidy` is for, where the caller has it.
    """
    text = encode(value) if encoded is None else encoded
    # What JSON escapes may hide a name from the look at the text.
    if "\\u" in text or (tidy is clean and _may_hide(text)):
        try:
            text = encode(redact_value(value))
        except RecursionError as error:
            raise InvalidInput("nested too deeply", where="body") from error
    if len(text) > MAX_RAW:
        text = json.dumps({"truncated": text[: MAX_RAW // 2]})
    return text
