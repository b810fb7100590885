from __future__ import annotations

import asyncio
import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth import (
    CACHE_ENTRIES,
    CACHE_SECONDS,
    LOOKUPS_WAITING,
    MAX_SECRET,
    REFUSAL_PAUSE_S,
    REFUSALS_PER_SECOND,
    REFUSED_SECONDS,
    Authenticator,
    secret_in,
)
from labo.domain.entities.tokens import Principal, Scope
from labo.errors import Unauthenticated, Unavailable

READER = Principal("w", "reader", frozenset({Scope.READ}))


class Graph:
    """Knows one token, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def verify(self, secret: str) -> Principal:
        self.asked += 1
        if not secret.startswith("good"):
            raise Unauthenticated("unknown")
        return READER


async def test_a_known_token_is_asked_for_once_in_a_while() -> None:
    """Within the cache's seconds the graph is spared; after them it is asked again."""
    graph, now = Graph(), [0.0]
    auth = Authenticator(graph.verify, lambda: now[0])

    for now[0] in (0.0, CACHE_SECONDS - 1, CACHE_SECONDS + 1):
        assert await auth.principal("good") == READER

    assert graph.asked == 2


async def test_those_who_wait_for_the_same_token_ask_once() -> None:
    """A busy sender's connections share one question, also when the first of them goes away."""
    graph, answer = Graph(), asyncio.Event()

    async def verify(secret: str) -> Principal:
        principal = await graph.verify(secret)
        await answer.wait()
        return principal

    auth = Authenticator(verify)
    first, *others = [asyncio.create_task(auth.principal("good")) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    answer.set()

    assert await asyncio.gather(*others) == [READER] * 4
    assert first.cancelled()
    assert graph.asked == 1


async def test_an_unknown_token_is_asked_for_once_in_a_while() -> None:
    """Whoever tries the same wrong one again and again costs the graph nothing."""
    graph, now = Graph(), [0.0]
    auth = Authenticator(graph.verify, lambda: now[0])

    for now[0] in (0.0, REFUSED_SECONDS - 1, REFUSED_SECONDS + 1):
        with pytest.raises(Unauthenticated):
            await auth.principal("bad")

    assert graph.asked == 2


async def test_known_tokens_never_wait_behind_unknown_ones() -> None:
    """While strangers fill every look-up, a token that was valid is verified at once."""
    graph, now, answer = Graph(), [0.0], asyncio.Event()

    async def verify(secret: str) -> Principal:
        if not secret.startswith("good"):
            await answer.wait()
        return await graph.verify(secret)

    auth = Authenticator(verify, lambda: now[0])
    await auth.principal("good")
    now[0] = CACHE_SECONDS + 1
    strangers = [
        asyncio.create_task(auth.principal(f"bad{number}")) for number in range(LOOKUPS_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await auth.principal("one too many")
    assert await auth.principal("good") == READER
    assert graph.asked == 2

    for stranger in strangers:
        stranger.cancel()
    answer.set()
    await asyncio.gather(*strangers, return_exceptions=True)


async def test_refusals_over_a_rate_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of a second are told at once, the others after a pause."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    auth = Authenticator(Graph().verify, lambda: 0.0)
    monkeypatch.setattr("api.auth.asyncio.sleep", pause)
    for _ in range(int(REFUSALS_PER_SECOND) + 5):
        with pytest.raises(Unauthenticated):
            await auth.principal("bad")

    assert pauses == [REFUSAL_PAUSE_S] * 5


async def test_the_cache_is_bounded() -> None:
    """The oldest entry leaves when more tokens come than are kept."""
    graph = Graph()
    auth = Authenticator(graph.verify)
    for number in range(CACHE_ENTRIES + 1):
        await auth.principal(f"good{number}")

    await auth.principal("good0")

    assert graph.asked == CACHE_ENTRIES + 2


@pytest.mark.parametrize("secret", ["", "x" * (MAX_SECRET + 1)])
async def test_unfit_secrets_are_refused_unread(secret: str) -> None:
    """Nothing and too much cost no look-up."""
    graph = Graph()

    with pytest.raises(Unauthenticated):
        await Authenticator(graph.verify).principal(secret)

    assert graph.asked == 0


@given(
    st.text(max_size=20).filter(lambda user: ":" not in user),
    st.text(min_size=1, max_size=40),
)
def test_basic_passwords_are_read_whole(user: str, password: str) -> None:
    """Everything behind the first colon is the password, colons included."""
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()

    assert secret_in(f"Basic {encoded}") == password


@pytest.mark.parametrize("header", ["Bearer abc", "bearer  abc", "BEARER abc "])
def test_bearer_in_any_case(header: str) -> None:
    """The scheme's case and the spaces around the token do not matter."""
    assert secret_in(header) == "abc"


@given(st.none() | st.text(max_size=60))
def test_any_header_is_a_secret_or_refused(header: str | None) -> None:
    """Whatever comes as Authorization: a secret or Unauthenticated, nothing else."""
    with contextlib.suppress(Unauthenticated):
        assert isinstance(secret_in(header), str)


def test_admin_may_everything() -> None:
    """The scope `admin` grants every other; no other scope grants more than itself."""
    admin = Principal("w", "a", frozenset({Scope.ADMIN}))

    assert all(admin.has(scope) for scope in Scope)
    assert [scope for scope in Scope if READER.has(scope)] == [Scope.READ]
