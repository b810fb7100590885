"""Tokens as they are stored: digests, never secrets."""

from __future__ import annotations

from datetime import datetime
from types import NoneType

from graph import audit
from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.entities.tokens import Token
from labo.domain.governance.audit import AuditKind, audit_event

UPSERT = load("tokens/upsert_token", row=NoneType)
GET_BY_DIGEST = load("tokens/get_token_by_digest", row=Token)
FIND = load("tokens/find_tokens", row=Token)
EXPIRE = load("tokens/expire_token", row=Token)


async def put(tx: Transaction, token: Token, *, written_by: str) -> None:
    """Save `token` in the transaction's workspace."""
    await tx.run(
        UPSERT,
        id=token.id,
        name=token.name,
        digest=token.digest,
        scopes=[scope.value for scope in token.scopes],
        created_at=token.created_at,
        expires_at=token.expires_at,
        written_by=written_by,
    )
    event = audit_event(
        AuditKind.TOKEN_CREATED,
        at=token.created_at,
        actor=written_by,
        subject=token.id,
        name=token.name,
        scopes=" ".join(token.scopes),
        expires_at=token.expires_at.isoformat() if token.expires_at else None,
    )
    audit.append(tx, event)


async def find_by_digest(graph: Graph, digest: str) -> Token | None:
    """Over all workspaces: the token names the one its bearer belongs to."""
    rows = await graph.fetch(GET_BY_DIGEST, digest=digest)
    return rows[0] if rows else None


async def find_all(graph: Graph) -> list[Token]:
    """The workspace's tokens, revoked and expired ones too, oldest first."""
    return await graph.fetch(FIND)


async def expire(
    tx: Transaction,
    token_id: str,
    at: datetime,
    *,
    valid_at: datetime | None = None,
    written_by: str,
) -> Token | None:
    """Let a token end at `at`, or earlier when it does so anyway; returns it as it was before.

    None when the workspace has no such token, or one that is no longer valid at `valid_at`.
    """
    ended = await tx.run(
        EXPIRE, id=token_id, expires_at=at, valid_at=valid_at, written_by=written_by
    )
    if ended:
        event = audit_event(
            AuditKind.TOKEN_ENDED,
            at=valid_at or at,
            actor=written_by,
            subject=token_id,
            name=ended[0].name,
            expires_at=at.isoformat(),
        )
        audit.append(tx, event)
    return ended[0] if ended else None
