"""Raw bodies to values: JSON, forms, and what else senders' content types announce."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from labo.errors import InvalidInput

JSON_TYPES = frozenset({"application/json", "text/json"})
FORM = "application/x-www-form-urlencoded"
LOOSE_TYPES = frozenset({"", "*/*", "text/plain", "application/octet-stream", FORM})
"""What clients send that name no type of their own: curl says it is a form, SNS that it is text."""
_PAYLOAD = "payload"
"""The field in which Slack's way of sending puts JSON; Sentry's and GitHub's forms do the same."""
_MAX_FIELDS = 1_000


def decode_json(body: bytes, kind: str = "", headers: Mapping[str, str] | None = None) -> object:
    """The JSON of `body`. Raises InvalidInput naming line and column."""
    del kind, headers
    try:
        return json.loads(body, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"invalid JSON: {error.msg}", where=f"line {error.lineno}, column {error.colno}"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("invalid UTF-8", where=f"byte {error.start}") from error
    except RecursionError as error:
        raise InvalidInput("nested too deeply", where="body") from error
    except ValueError as error:
        raise InvalidInput("a number is invalid or too long", where="body") from error


def _no_constant(name: str) -> float:
    raise ValueError(name)


def reads_loosely(kind: str, headers: Mapping[str, str]) -> bool:
    """JSON under any usual name, and forms."""
    del headers
    return kind in LOOSE_TYPES or kind.endswith(("json", "javascript"))


def decode_loosely(body: bytes, kind: str, headers: Mapping[str, str]) -> object:
    """JSON, or a form: its `payload` as JSON, else its fields. Raises InvalidInput.

    >>> decode_loosely(b"title=Disk+full&severity=p1", FORM, {})
    {'title': 'Disk full', 'severity': 'p1'}
    """
    del headers
    # curl calls JSON a form unless told otherwise; a form never begins so.
    if kind != FORM or body.lstrip()[:1] in (b"{", b"["):
        return decode_json(body)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidInput("invalid form", where="body", hint="or send JSON") from error
    values = dict(fields)
    if not values:
        raise InvalidInput("the form has no fields", where="body", hint="or send JSON")
    if _PAYLOAD in values:
        return decode_json(values[_PAYLOAD].encode("utf-8", "surrogatepass"))
    return values
