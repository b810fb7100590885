"""The one client for requests to addresses that an operator named.

Server-side request forgery is refused before a byte is sent: https unless allowed, hosts on the
list only, every resolved address checked, and the connection made to the checked address itself,
so that a second look-up cannot answer differently. No redirects, no proxies, capped in size and
time. Addresses found inside alerts never get here, but for Amazon's own certificates.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from labo.errors import Forbidden, InvalidInput, Unavailable


class NotSent(Unavailable):
    """Nobody was reached: not a byte of the request was sent."""


@dataclass(frozen=True, slots=True)
class OutgoingPolicy:
    """`hosts` are exact names in lower case; `allow_private` admits loopback and private ranges,
    for receivers on the same machine or network."""

    hosts: frozenset[str]
    allow_http: bool = False
    allow_private: bool = False
    timeout_s: float = 10.0
    max_bytes: int = 65_536


@dataclass(frozen=True, slots=True)
class OutgoingAnswer:
    """`body` is cut at the policy's `max_bytes`."""

    status: int
    body: bytes
    retry_after: str | None = None


async def post(
    url: str, body: bytes, headers: Mapping[str, str], policy: OutgoingPolicy
) -> OutgoingAnswer:
    """Send once. Any status is an answer, redirects included; they are not followed.

    Raises Forbidden when the policy refuses the address, InvalidInput for a malformed URL,
    NotSent when nobody is reached and else Unavailable when nobody answers in time.
    """
    return await _request("POST", url, body, headers, policy)


async def get(url: str, policy: OutgoingPolicy) -> OutgoingAnswer:
    """Read once; as `post`."""
    return await _request("GET", url, b"", {}, policy)


async def _request(
    method: str, url: str, body: bytes, headers: Mapping[str, str], policy: OutgoingPolicy
) -> OutgoingAnswer:
    target = _checked_url(url, policy)
    sending = _Sending()
    try:
        async with asyncio.timeout(policy.timeout_s):
            address = await _resolve(target, policy)
            return await _send(method, target, address, body, headers, policy, sending)
    except TimeoutError as error:
        raise sending.failure("no answer in time", target) from error
    except (httpx.HTTPError, OSError) as error:
        raise sending.failure(f"no answer: {type(error).__name__}", target) from error


@dataclass
class _Sending:
    """Whether the first byte of a request may have left, as the HTTP client traces it."""

    has_begun: bool = False

    async def trace(self, event: str, _info: Mapping[str, object]) -> None:
        if event.endswith("send_request_headers.started"):
            self.has_begun = True

    def failure(self, message: str, target: httpx.URL) -> Unavailable:
        return (Unavailable if self.has_begun else NotSent)(message, where=target.host)


def is_public(address: str) -> bool:
    """False for loopback, private, link-local, metadata, multicast and reserved addresses.

    Looks through IPv4 carried in IPv6 (mapped, 6to4, Teredo, NAT64).
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _checked_url(url: str, policy: OutgoingPolicy) -> httpx.URL:
    try:
        target = httpx.URL(url)
        port_is_valid = (urlsplit(url).port or 1) > 0
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidInput("not a URL", where="outgoing request") from error
    if target.scheme not in ("http", "https") or not target.host or not port_is_valid:
        raise InvalidInput("needs an http or https URL", where="outgoing request")
    if target.userinfo:
        raise InvalidInput("a URL with a log-in is not accepted", where=target.host)
    if target.scheme == "http" and not policy.allow_http:
        raise Forbidden("only https is allowed", where=target.host)
    if target.host.lower() not in policy.hosts:
        raise Forbidden("this host is not on the list of allowed ones", where=target.host)
    return target


async def _resolve(target: httpx.URL, policy: OutgoingPolicy) -> str:
    loop = asyncio.get_running_loop()
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        found = await loop.getaddrinfo(target.host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NotSent("the name does not resolve", where=target.host) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not policy.allow_private and not all(is_public(address) for address in addresses):
        raise Forbidden("the name leads to a private address", where=target.host)
    return addresses[0]


async def _send(
    method: str,
    target: httpx.URL,
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    policy: OutgoingPolicy,
    sending: _Sending,
) -> OutgoingAnswer:
    request_headers = {**headers, "Host": target.netloc.decode("ascii")}
    async with httpx.AsyncClient(
        follow_redirects=False, trust_env=False, timeout=policy.timeout_s
    ) as client:
        request = client.build_request(
            method,
            target.copy_with(host=address),
            content=body,
            headers=request_headers,
            # The certificate must be the named host's, though the connection goes to the address.
            extensions={"sni_hostname": target.host, "trace": sending.trace},
        )
        response = await client.send(request, stream=True)
        try:
            read = await _capped(response, policy.max_bytes)
        finally:
            await response.aclose()
    return OutgoingAnswer(response.status_code, read, response.headers.get("retry-after"))


async def _capped(response: httpx.Response, most: int) -> bytes:
    read = bytearray()
    # Raw: a compressed answer may not grow past the cap.
    async for chunk in response.aiter_raw(4096):
        read += chunk
        if len(read) >= most:
            break
    return bytes(read[:most])
