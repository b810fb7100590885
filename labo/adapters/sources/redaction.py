"""Nothing secret and nothing unbounded goes from a foreign payload into the graph."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from labo.adapters.sources.fields import scalar_text
from labo.errors import InvalidInput

MASK = "***"
MAX_RAW = 32_000
MAX_LABELS = 100
MAX_LABEL = 1_000

_SECRET_NAME = re.compile(
    r"passw|pwd|token|secret|authoriz|credential|cookie|(?:api|routing|private|access|integration)"
    r"[_-]?key",
    re.IGNORECASE,
)
_HINTS = (
    "passw", "pwd", "token", "secret", "authoriz", "credential", "cookie", "key", "@", "bearer",
    "basic",
)  # fmt: skip
"""Words that any match of the patterns contains. Finding them takes a tenth of a pattern's time."""

_ENCODER = json.JSONEncoder(separators=(",", ":"))
"""Made once: `json.dumps` makes one a call."""

_USERINFO = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)[^/?#\s\"'@]{1,512}@")
_SCHEME = re.compile(r"\b(?P<scheme>bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)


def clean(text: str, limit: int = MAX_LABEL) -> str:
    """`text` cut to `limit`, storable as UTF-8, without URL log-ins and Authorization values."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    if "@" in text:
        text = _USERINFO.sub(rf"\g<scheme>{MASK}@", text)
    if " " in text and _may_name_scheme(text):
        text = _SCHEME.sub(rf"\g<scheme> {MASK}", text)
    return text


def _may_name_scheme(text: str) -> bool:
    """Finding plain words is cheaper; beyond ASCII more letters than two match one of a pattern."""
    lowered = text.lower()
    return "bearer" in lowered or "basic" in lowered or not text.isascii()


def clean_labels(labels: Mapping[str, object]) -> dict[str, str]:
    """At most `MAX_LABELS` labels as text; what its name calls a secret is masked."""
    cleaned: dict[str, str] = {}
    for name, value in labels.items():
        if value is None or value == "":
            continue
        if len(cleaned) == MAX_LABELS:
            break
        shown, hides = _label_name(name)
        cleaned[shown] = MASK if hides else clean(scalar_text(value))
    return cleaned


@lru_cache(maxsize=4096)
def _label_name(name: str) -> tuple[str, bool]:
    """A label's name as it is stored, and whether its value is a secret. Names repeat."""
    return clean(name, 200), is_secret(name)


def raw_json(value: object) -> str:
    """`value` as redacted JSON text; a long one becomes `{"truncated": "…"}`."""
    try:
        text = _ENCODER.encode(value)
        # Most payloads have nothing of the kind; one search is cheaper than walking each.
        lowered = text.lower()
        if any(hint in lowered for hint in _HINTS):
            text = _ENCODER.encode(_redacted(value))
    except (RecursionError, ValueError) as error:
        raise InvalidInput("nested too deeply, or with a number too long", where="body") from error
    if len(text) > MAX_RAW:
        text = json.dumps({"truncated": text[: MAX_RAW // 2]})
    return text


def _redacted(value: object) -> object:
    if isinstance(value, dict):
        return {name: MASK if is_secret(name) else _redacted(v) for name, v in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return clean(value, MAX_RAW) if isinstance(value, str) else value


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a field of that name contains what must not be stored."""
    return _SECRET_NAME.search(name) is not None
