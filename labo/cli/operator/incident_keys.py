"""An incident as an operator names it: by its key, the beginning of its key, or its GraphQL id."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from labo.cli.client import ask, looked_in
from labo.errors import InvalidInput, NotFound

SHORTEST = 8
"""Characters of a key that tables show at least: of its hex digits, enough for four billion."""
_PREFIX = "Incident:"
NAMED = 5
"""Incidents that the message about an ambiguous beginning names."""
_BY_PREFIX = """query($prefix: String!, $first: Int!) {
  incidentsByPrefix(prefix: $prefix, first: $first) { key title } }"""


def incident_key(given: str) -> str:
    """The key of an incident given by its key or by its GraphQL id."""
    try:
        text = base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return given
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else given


def find_key(given: str, data: Path | None) -> str:
    """The key of the one incident that `given` names.

    Raises NotFound when there is none, InvalidInput when its beginning is that of several.
    """
    prefix = incident_key(given)
    variables = {"prefix": prefix, "first": NAMED + 1}
    rows = ask(_BY_PREFIX, variables, data=data)["incidentsByPrefix"] if prefix else []
    return the_one(prefix, [(row["key"], row["title"]) for row in rows], looked_in(data))


def the_one(prefix: str, found: Sequence[tuple[str, str]], where: str) -> str:
    """The key that is meant among those `found` (key, title), which begin with `prefix`.

    Raises NotFound without any, naming `where` they were looked for; InvalidInput with several.
    """
    keys = [key for key, _ in found]
    if len(keys) == 1 or prefix in keys:
        return prefix if prefix in keys else keys[0]
    if not keys:
        hint = f"looked in {where}; `labo incidents` lists them"
        raise NotFound("there is no such incident", where=prefix or "INCIDENT", hint=hint)
    named = ", ".join(f"{key} ({title})" for key, title in found[:NAMED])
    more = ", …" if len(found) > NAMED else ""
    raise InvalidInput(f"several incidents begin with it: {named}{more}", where=prefix)


def short_keys(keys: Iterable[str]) -> Mapping[str, str]:
    """Each key's beginning that tells it from the others, 8 characters at least."""
    ordered = sorted(set(keys))
    lengths = dict.fromkeys(ordered, SHORTEST)
    for one, other in pairwise(ordered):
        same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
        needed = len(other) if same is None else same + 1
        lengths[one], lengths[other] = max(lengths[one], needed), max(lengths[other], needed)
    return {key: key[: lengths[key]] for key in ordered}
