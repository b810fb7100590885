"""Signed templates in folders: those that come with the product, and an operator's own.

    keys.json                               the trusted public keys, and when each is valid
    set.json                                digests of all files below, a revision, revocations
    <kind>/<name>/v<version>/template.json  an action or agent template
    <kind>/<name>/v<version>/migration.json how parameters of the version before become this one's

Beside each signed `x.json` lies `x.dsse.json`, a DSSE envelope (Dead Simple Signing Envelope 1.0)
with Ed25519 signatures over the file's canonical form (RFC 8785). The set shows what was removed,
put back or exchanged for an older one. `labo templates sign` makes the envelopes and the set.
"""

from __future__ import annotations

from importlib.resources.abc import Traversable

from labo.adapters.templates.registry import SignedRegistry
from labo.domain.escalation.action_templates import Template

__all__ = ["load_templates"]


def load_templates(folder: Traversable | None = None) -> dict[str, Template]:
    """The newest usable version of each action template, by id; of the bundled ones by default.

    Raises as `SignedRegistry.open`.
    """
    own = () if folder is None else (folder,)
    return SignedRegistry.open(*own, bundled=folder is None).newest_actions()
