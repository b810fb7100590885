"""Keys as a person types them: whole, by an unambiguous beginning, or as GraphQL's global id."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from labo.cli.client import ask, looked_in
from labo.domain.entities.keys import KeyKind
from labo.errors import InvalidInput, NotFound

SHORTEST = 8
"""Characters of a key that tables show at least: of its hex digits, enough for four billion."""
LEAST = 4
"""Characters of a beginning that is typed, as git has it: fewer soon mean another one too."""
NAMED = 5
"""Candidates that the message about an ambiguous beginning names."""
_TYPES = {
    KeyKind.INCIDENT: ("Incident", "`labo incidents` lists them"),
    KeyKind.PROBLEM: ("Problem", "`labo problems` lists them"),
    KeyKind.EDGE: ("CausalEdge", "`labo why PROBLEM` lists those of a problem"),
    KeyKind.PROPOSAL: ("Proposal", "`labo incident KEY` lists those of an incident"),
}
"""Each kind's GraphQL type, and what lists its keys."""
_KEYS = """query($prefix: String!, $kinds: [KeyKind!]!, $first: Int!) {
  keysByPrefix(prefix: $prefix, kinds: $kinds, first: $first) { kind key title } }"""


def plain_key(given: str, *kinds: KeyKind) -> str:
    """The key, or its beginning, that was given as such or as the GraphQL id of one of `kinds`."""
    try:
        text = base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return given
    type_name, colon, key = text.partition(":")
    return key if colon and type_name in {_TYPES[kind][0] for kind in kinds} else given


def find_key(given: str, *kinds: KeyKind, data: Path | None) -> str:
    """The one key of `kinds` that `given` means, from the running stack's API.

    Raises NotFound when there is none, InvalidInput when it is the beginning of several or has
    fewer than `LEAST` characters.
    """
    prefix = plain_key(given, *kinds)
    names = [kind.name for kind in kinds]
    variables = {"prefix": prefix, "kinds": names, "first": NAMED + 1}
    rows = ask(_KEYS, variables, data=data)["keysByPrefix"] if prefix else []
    return the_one(prefix, [(row["key"], row["title"]) for row in rows], looked_in(data), *kinds)


def the_one(prefix: str, found: Sequence[tuple[str, str]], where: str, *kinds: KeyKind) -> str:
    """The key that is meant among those `found` (key, title) of `kinds`, which begin with `prefix`.

    Raises NotFound without any, naming `where` they were looked for; InvalidInput with several, or
    where the beginning is too short to mean one.
    """
    keys = [key for key, _ in found]
    if prefix in keys:
        return prefix
    what = " or ".join(kind.value for kind in kinds)
    if not keys:
        hint = "; ".join((f"looked in {where}", *(_TYPES[kind][1] for kind in kinds)))
        raise NotFound(f"there is no such {what}", where=prefix or "KEY", hint=hint)
    if len(keys) == 1 and len(prefix) >= LEAST:
        return keys[0]
    named = ", ".join(f"{key} ({title})" for key, title in found[:NAMED])
    more = ", …" if len(found) > NAMED else ""
    if len(keys) > 1:
        raise InvalidInput(f"several keys begin with it: {named}{more}", where=prefix)
    message = f"give at least {LEAST} characters of a key"
    raise InvalidInput(message, where=prefix, hint=f"such as {named}")


def short_keys(keys: Iterable[str]) -> Mapping[str, str]:
    """Each key's beginning that tells it from the others, 8 characters at least."""
    ordered = sorted(set(keys))
    lengths = dict.fromkeys(ordered, SHORTEST)
    for one, other in pairwise(ordered):
        same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
        needed = len(other) if same is None else same + 1
        lengths[one], lengths[other] = max(lengths[one], needed), max(lengths[other], needed)
    return {key: key[: lengths[key]] for key in ordered}
