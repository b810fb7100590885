"""Making, listing, replacing and revoking tokens; and identifying the owner of a presented one."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from graph import tokens
from graph.client import Graph, Transaction
from labo.domain.entities.tokens import TOKEN_PREFIX, Principal, Scope, Token, secret_digest
from labo.errors import InvalidInput, NotFound, Unauthenticated

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class NewToken:
    """`secret` exists here only: show it once, store it nowhere."""

    token: Token
    secret: str


class TokenService:
    """Tokens of one workspace."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

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
        new = self._new(name.strip(), scopes, lifetime, datetime.now(UTC))

        async def unit(tx: Transaction) -> None:
            await tokens.put(tx, new.token, written_by=written_by)

        await self._graph.write(unit, name="tokens.create")
        return new

    def _new(
        self, name: str, scopes: Sequence[Scope], lifetime: timedelta | None, now: datetime
    ) -> NewToken:
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = Token(
            id=secrets.token_hex(8),
            name=name,
            digest=secret_digest(secret),
            scopes=tuple(sorted(set(scopes))),
            created_at=now,
            expires_at=now + lifetime if lifetime is not None else None,
            workspace=self._graph.workspace,
        )
        return NewToken(token, secret)

    async def revoke(self, token_id: str, *, written_by: str = "operator") -> None:
        """At once; a server that has it cached takes up to its cache's seconds. Raises NotFound."""
        now = datetime.now(UTC)

        async def unit(tx: Transaction) -> Token | None:
            return await tokens.expire(tx, token_id, now, written_by=written_by)

        if await self._graph.write(unit, name="tokens.revoke") is None:
            raise NotFound("no such token", where=token_id, hint="see `labo token list`")

    async def rotate(
        self, token_id: str, grace: timedelta, *, written_by: str = "operator"
    ) -> NewToken:
        """A successor with the same name, scopes and lifetime; the old one lasts `grace` longer.

        Both in one write: a token that is revoked meanwhile has no successor. Raises NotFound.
        """
        now = datetime.now(UTC)

        async def unit(tx: Transaction) -> NewToken:
            old = await tokens.expire(
                tx, token_id, now + grace, valid_at=now, written_by=written_by
            )
            if old is None:
                raise NotFound("no such valid token", where=token_id, hint="see `labo token list`")
            lifetime = old.expires_at - old.created_at if old.expires_at else None
            new = self._new(old.name, old.scopes, lifetime, now)
            await tokens.put(tx, new.token, written_by=written_by)
            return new

        return await self._graph.write(unit, name="tokens.rotate")

    async def verify(self, secret: str) -> Principal:
        """Whose token this is, in any workspace. Raises Unauthenticated."""
        digest = secret_digest(secret)
        token = await tokens.find_by_digest(self._graph, digest)
        if (
            token is None
            or not hmac.compare_digest(token.digest, digest)
            or not token.is_valid(datetime.now(UTC))
        ):
            raise Unauthenticated(
                "the token is unknown, expired or revoked", hint="see `labo token list`"
            )
        return token.principal
