"""Who may call the API: tokens, their scopes, and the caller that a token stands for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TOKEN_PREFIX = "labo_"  # noqa: S105 - the visible start of every token, not one


class Scope(StrEnum):
    """READ: queries. INGEST: hooks. OPERATE: decisions and other changes. ADMIN: everything."""

    READ = "read"
    INGEST = "ingest"
    OPERATE = "operate"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `name` is recorded with what the caller does."""

    workspace: str
    name: str
    scopes: frozenset[Scope]

    def has(self, scope: Scope) -> bool:
        """Whether `scope` is granted; ADMIN grants every one."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True, slots=True)
class Token:
    """A token as stored: without its secret; `digest` is the secret's SHA-256 in hex.

    `expires_at` None means that it is valid until revoked.
    """

    id: str
    name: str
    digest: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    workspace: str = "default"

    @property
    def principal(self) -> Principal:
        return Principal(self.workspace, self.name, frozenset(self.scopes))

    def is_valid(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


def secret_digest(secret: str) -> str:
    """SHA-256 of a token. Unsalted on purpose: 256 random bits need no salt, and look-up needs
    a stable key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
