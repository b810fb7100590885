"""Where a request from here may go, and where not."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from labo.adapters.outgoing import OutgoingPolicy, is_public, post
from labo.errors import Forbidden, InvalidInput, Unavailable
from tests.builders.receiver import Reply, receiving

LOCAL = OutgoingPolicy(frozenset({"127.0.0.1"}), allow_http=True, allow_private=True, timeout_s=5)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "2002:a9fe:a9fe::1",
        "64:ff9b::a9fe:a9fe",
        "ff02::1",
    ],
)
def test_addresses_inside_are_not_public(address: str) -> None:
    """Loopback, private, link-local, metadata, multicast; also IPv4 dressed as IPv6."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_outside_are_public(address: str) -> None:
    """Ordinary hosts of the internet."""
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "policy"),
    [
        ("http://127.0.0.1/", replace(LOCAL, allow_http=False)),
        ("http://localhost/", LOCAL),
        ("http://127.0.0.1/", replace(LOCAL, allow_private=False)),
        (
            "http://[::ffff:127.0.0.1]/",
            OutgoingPolicy(frozenset({"::ffff:127.0.0.1"}), allow_http=True),
        ),
    ],
)
async def test_what_the_policy_does_not_name_is_forbidden(url: str, policy: OutgoingPolicy) -> None:
    """Scheme, host and address are each checked."""
    with pytest.raises(Forbidden):
        await post(url, b"", {}, policy)


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "ftp://127.0.0.1/", "http://", "http://u:p@127.0.0.1/", "http://h:99999/"],
)
async def test_a_malformed_url_is_refused(url: str) -> None:
    """A log-in in the URL would end up in logs."""
    with pytest.raises(InvalidInput):
        await post(url, b"", {}, LOCAL)


async def test_a_name_is_looked_up_once_and_the_checked_address_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name server that answers differently the second time is not asked a second time."""
    looked_up: list[object] = []
    real = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        looked_up.append(host)
        return real("127.0.0.1" if host == "rebinding.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    policy = replace(LOCAL, hosts=frozenset({"rebinding.example"}))
    with receiving(Reply(body=b"here")) as receiver:
        answer = await post(f"http://rebinding.example:{receiver.port}/a?b", b"x", {}, policy)

    [got] = receiver.received
    assert (answer.body, got.path, got.body) == (b"here", "/a?b", b"x")
    assert got.headers["host"] == f"rebinding.example:{receiver.port}"
    assert looked_up.count("rebinding.example") == 1


async def test_a_public_name_that_leads_inside_is_forbidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One private address among several is enough."""

    def resolve(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, 1, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Forbidden, match="private"):
        await post("https://a.example/", b"", {}, OutgoingPolicy(frozenset({"a.example"})))


async def test_an_unknown_name_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name server may know it later."""

    def resolve(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Unavailable, match="resolve"):
        await post("https://a.example/", b"", {}, OutgoingPolicy(frozenset({"a.example"})))


async def test_a_long_answer_is_cut() -> None:
    """Memory stays bounded whatever the receiver sends."""
    with receiving(Reply(body=b"x" * 100_000)) as receiver:
        answer = await post(receiver.url, b"", {}, replace(LOCAL, max_bytes=1000))

    assert answer.body == b"x" * 1000


async def test_a_slow_answer_is_unavailable() -> None:
    """The cap is over the whole request."""
    with receiving(Reply(delay_s=0.5)) as receiver, pytest.raises(Unavailable, match="time"):
        await post(receiver.url, b"", {}, replace(LOCAL, timeout_s=0.1))


async def test_nobody_listening_is_unavailable() -> None:
    """A closed port."""
    with receiving() as receiver:
        url = receiver.url
    with pytest.raises(Unavailable):
        await post(url, b"", {}, LOCAL)


async def test_when_to_come_again_is_passed_on() -> None:
    """Retry-After belongs to the answer."""
    with receiving(Reply(503, headers={"retry-after": "7"})) as receiver:
        answer = await post(receiver.url, b"", {}, LOCAL)

    assert (answer.status, answer.retry_after) == (503, "7")
