"""Business keys and ids: stable digests, so that writing the same thing twice changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest(*parts: str, length: int = 32) -> str:
    """SHA-256 over the parts, unambiguously framed, cut to `length` hex digits (max. 64)."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()[:length]


def component_key(system: str, name: str) -> str:
    """A component's key begins with its system: `shop/checkout`."""
    return f"{system}/{name}"


def batch_id(ids: Iterable[str]) -> str:
    """The id of a batch is the digest of its members' sorted ids."""
    return digest("batch", *sorted(ids))
