from __future__ import annotations

from datetime import timedelta

import pytest

from graph.client import Graph
from graph.tokens import find_all
from labo.domain.entities.tokens import TOKEN_PREFIX, Principal, Scope, secret_digest
from labo.errors import InvalidInput, NotFound, Unauthenticated
from labo.services.access.tokens import TokenService


@pytest.fixture
def tokens(graph: Graph) -> TokenService:
    return TokenService(graph)


async def test_a_token_names_its_bearer(tokens: TokenService, graph: Graph) -> None:
    """The secret leads to workspace, name and scopes, from whatever workspace one asks."""
    made = await tokens.create("grafana", [Scope.INGEST, Scope.READ])
    elsewhere = TokenService(graph.scoped("elsewhere"))

    found = await elsewhere.verify(made.secret)

    assert found == Principal(graph.workspace, "grafana", frozenset({Scope.READ, Scope.INGEST}))


async def test_the_secret_is_kept_nowhere(tokens: TokenService, graph: Graph) -> None:
    """The graph holds the digest; the secret has 256 random bits behind a telling prefix."""
    made = await tokens.create("x", [Scope.READ])

    [kept] = await find_all(graph)

    assert kept.digest == secret_digest(made.secret)
    assert made.secret.startswith(TOKEN_PREFIX)
    assert len(made.secret) == len(TOKEN_PREFIX) + 43
    assert made.secret not in repr(kept)


async def test_unknown_revoked_and_expired_tokens_are_refused(tokens: TokenService) -> None:
    """All three answer alike, so that a caller learns nothing from the difference."""
    revoked = await tokens.create("revoked", [Scope.READ])
    expired = await tokens.create("expired", [Scope.READ], lifetime=timedelta(microseconds=1))
    await tokens.revoke(revoked.token.id)

    messages = set()
    for secret in (revoked.secret, expired.secret, "labo_unknown"):
        with pytest.raises(Unauthenticated) as caught:
            await tokens.verify(secret)
        messages.add(str(caught.value))

    assert len(messages) == 1


async def test_rotation_gives_a_successor_and_a_grace(tokens: TokenService) -> None:
    """Both work within the grace time; without one the old ends at once."""
    old = await tokens.create("ci", [Scope.OPERATE])
    second = await tokens.rotate(old.token.id, timedelta(hours=1))
    third = await tokens.rotate(second.token.id, timedelta(0))

    assert (await tokens.verify(old.secret)).name == "ci"
    assert (await tokens.verify(third.secret)).scopes == {Scope.OPERATE}
    with pytest.raises(Unauthenticated):
        await tokens.verify(second.secret)


async def test_a_successor_lasts_as_long_as_its_predecessor_was_made_for(
    tokens: TokenService,
) -> None:
    """Rotation prolongs a token that was meant to end by its own lifetime, not for ever."""
    old = await tokens.create("ci", [Scope.READ], lifetime=timedelta(days=90))
    new = await tokens.rotate(old.token.id, timedelta(0))

    assert new.token.expires_at == new.token.created_at + timedelta(days=90)


async def test_a_later_end_does_not_revive(tokens: TokenService) -> None:
    """A token that ends keeps its earlier end when it is rotated or revoked again."""
    made = await tokens.create("x", [Scope.READ])
    await tokens.revoke(made.token.id)

    await tokens.revoke(made.token.id)
    with pytest.raises(NotFound):
        await tokens.rotate(made.token.id, timedelta(days=1))

    with pytest.raises(Unauthenticated):
        await tokens.verify(made.secret)


async def test_tokens_of_other_workspaces_are_out_of_reach(
    tokens: TokenService, graph: Graph
) -> None:
    """Nobody lists, revokes or rotates another workspace's token."""
    made = await tokens.create("x", [Scope.READ])
    elsewhere = graph.scoped(f"{graph.workspace}-2")
    other = TokenService(elsewhere)

    assert await find_all(elsewhere) == []
    with pytest.raises(NotFound):
        await other.revoke(made.token.id)
    assert (await tokens.verify(made.secret)).name == "x"


@pytest.mark.parametrize(
    ("name", "scopes", "lifetime", "where"),
    [
        ("", [Scope.READ], None, "name"),
        ("x" * 101, [Scope.READ], None, "name"),
        ("x", [], None, "scopes"),
        ("x", [Scope.READ], timedelta(0), "lifetime"),
    ],
)
async def test_malformed_wishes_are_refused(
    tokens: TokenService,
    graph: Graph,
    name: str,
    scopes: list[Scope],
    lifetime: timedelta | None,
    where: str,
) -> None:
    """Each is refused by the name of what is wrong, and nothing is kept."""
    with pytest.raises(InvalidInput) as caught:
        await tokens.create(name, scopes, lifetime=lifetime)

    assert caught.value.where == where
    assert await find_all(graph) == []
