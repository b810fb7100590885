"""Making, listing, replacing and revoking tokens; and telling whose a presented one is."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from graph.tokens import Tokens
from labo.domain.entities.tokens import TOKEN_PREFIX, Principal, Scope, Token, secret_digest
from labo.errors import InvalidInput, NotFound, Unauthenticated

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class NewToken:
    """`secret` exists here only: show it once, keep it nowhere."""

    token: Token
    secret: str


class TokenService:
    """Tokens of `workspace`."""

    def __init__(self, tokens: Tokens, workspace: str) -> None:
        self._tokens = tokens
        self._workspace = workspace

    async def create(
        self,
        name: str,
        scopes: Sequence[Scope],
        *,
        lifetime: timedelta | None = None,
        written_by: str = "operator",
    ) -> NewToken:
        """Raises InvalidInput for an empty or overlong name, no scope, a lifetime not ahead."""
        if not 1 <= len(name.strip()) <= MAX_NAME:
            raise InvalidInput(f"a token's name has 1 to {MAX_NAME} characters", where="name")
        if not scopes:
            raise InvalidInput("a token needs at least one scope", where="scopes")
        if lifetime is not None and lifetime <= timedelta(0):
            raise InvalidInput("a token must end in the future", where="lifetime")
        now = datetime.now(UTC)
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = Token(
            id=secrets.token_hex(8),
            name=name.strip(),
            digest=secret_digest(secret),
            scopes=tuple(sorted(set(scopes))),
            created_at=now,
            expires_at=now + lifetime if lifetime is not None else None,
            workspace=self._workspace,
        )
        await self._tokens.put(token, written_by=written_by)
        return NewToken(token, secret)

    async def find_all(self) -> list[Token]:
        """Revoked and expired ones too, oldest first."""
        return await self._tokens.find_all()

    async def revoke(self, token_id: str, *, written_by: str = "operator") -> None:
        """At once; a server that has it cached takes up to its cache's seconds. Raises NotFound."""
        if not await self._tokens.expire(token_id, datetime.now(UTC), written_by=written_by):
            raise NotFound("no such token", where=token_id, hint="see `labo token list`")

    async def rotate(
        self, token_id: str, grace: timedelta, *, written_by: str = "operator"
    ) -> NewToken:
        """A successor with the same name and scopes; the old one lasts `grace` longer.

        Raises NotFound.
        """
        old = next((t for t in await self.find_all() if t.id == token_id), None)
        if old is None or not old.is_valid(datetime.now(UTC)):
            raise NotFound("no such valid token", where=token_id, hint="see `labo token list`")
        new = await self.create(old.name, old.scopes, written_by=written_by)
        await self._tokens.expire(token_id, datetime.now(UTC) + grace, written_by=written_by)
        return new

    async def verify(self, secret: str) -> Principal:
        """Whose token this is, in any workspace. Raises Unauthenticated."""
        digest = secret_digest(secret)
        token = await self._tokens.find_by_digest(digest)
        if (
            token is None
            or not hmac.compare_digest(token.digest, digest)
            or not token.is_valid(datetime.now(UTC))
        ):
            raise Unauthenticated(
                "the token is unknown, expired or revoked", hint="see `labo token list`"
            )
        return token.principal
