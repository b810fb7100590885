"""Tokens as they are kept: digests, never secrets."""

from __future__ import annotations

from datetime import datetime
from types import NoneType

from graph.client import Graph
from graph.statements import load
from labo.domain.entities.tokens import Token

UPSERT = load("tokens/upsert_token", row=NoneType)
GET_BY_DIGEST = load("tokens/get_token_by_digest", row=Token)
FIND = load("tokens/find_tokens", row=Token)
EXPIRE = load("tokens/expire_token", row=str)


class Tokens:
    """The tokens of one workspace, and the look-up by digest over all of them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def put(self, token: Token, *, written_by: str) -> None:
        await self._graph.execute(
            UPSERT,
            id=token.id,
            name=token.name,
            digest=token.digest,
            scopes=[scope.value for scope in token.scopes],
            created_at=token.created_at,
            expires_at=token.expires_at,
            written_by=written_by,
        )

    async def find_by_digest(self, digest: str) -> Token | None:
        """Over all workspaces: the token says which one its bearer belongs to."""
        found = await self._graph.fetch(GET_BY_DIGEST, digest=digest)
        return found[0] if found else None

    async def find_all(self) -> list[Token]:
        return await self._graph.fetch(FIND)

    async def expire(self, token_id: str, at: datetime, *, written_by: str) -> bool:
        """False when the workspace has no such token."""
        return bool(
            await self._graph.execute(EXPIRE, id=token_id, expires_at=at, written_by=written_by)
        )
