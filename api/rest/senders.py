"""Who sent a webhook: by its headers where they tell, so that no stranger's body is read in full.

Only a signature, a routing key or Amazon's signature is found in the body; then at most
`STRANGERS_BYTES` of it are read.
"""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import Request
from pydantic import SecretStr

from api.auth import authenticator, ingest_workspace
from api.rest.incoming import is_local, token_workspace
from api.rest.sns import Certificates, check_message
from labo.adapters.sources.bodies import decode_json
from labo.adapters.sources.pagerduty import PAGERDUTY
from labo.adapters.sources.pagerduty_events import has_routing_key
from labo.adapters.sources.signature import presents_secret
from labo.adapters.sources.sns import SNS
from labo.adapters.sources.source import Headers, Source
from labo.bootstrap import App
from labo.errors import Unauthenticated

STRANGERS_BYTES = 1_000_000
"""Of a body that must be read to know its sender: by its signature, or by a routing key within it
(PagerDuty's own limit is 512 kB)."""


def body_limit(request: Request, headers: Headers, source: Source, workspace: str | None) -> int:
    """Bytes of the body that may be read, given who the headers say is sending."""
    labo: App = request.app.state.labo
    is_known = workspace is not None or presents_secret(headers, _secrets(labo, source.name))
    limit = labo.settings.api.max_body_bytes
    return limit if is_known else min(limit, STRANGERS_BYTES)


async def sender_by_headers(request: Request, headers: Headers, source: Source) -> str | None:
    """The sender's workspace; None where the body decides. Raises Unauthenticated, Forbidden."""
    labo: App = request.app.state.labo
    secrets = _secrets(labo, source.name)
    if "authorization" in headers and not (secrets and presents_secret(headers, secrets)):
        try:
            return await token_workspace(request)
        except Unauthenticated:
            if not secrets:  # else the header may be for a proxy before us, and the body signed
                raise
    if secrets or _may_vouch(labo, source):
        return None
    if _is_open_to(request, headers):
        return labo.settings.workspace
    raise _unidentified(source)


async def sender_by_body(request: Request, headers: Headers, source: Source, body: bytes) -> str:
    """The sender's workspace. Raises Unauthenticated."""
    labo: App = request.app.state.labo
    if source.verify(headers, body, _secrets(labo, source.name), datetime.now(UTC)):
        return labo.settings.workspace
    if _may_vouch(labo, source):
        await _check_sns(request, body)
        return labo.settings.workspace
    if _is_open_to(request, headers):
        return labo.settings.workspace
    raise _unidentified(source)


async def holder_of_routing_key(request: Request, payload: object) -> str:
    """The workspace of PagerDuty's routing key: a secret of ours, or a token. Raises
    Unauthenticated, Forbidden."""
    labo: App = request.app.state.labo
    if has_routing_key(payload, _secrets(labo, PAGERDUTY.name)):
        return labo.settings.workspace
    key = payload.get("routing_key") if isinstance(payload, dict) else None
    if not isinstance(key, str):
        raise Unauthenticated("a routing key is required", where="routing_key")
    return await ingest_workspace(authenticator(request), key)


def _may_vouch(labo: App, source: Source) -> bool:
    """Whether Amazon's signature counts: for the topics that the settings name."""
    return source.name == SNS.name and bool(labo.settings.hooks.sns_topics)


async def _check_sns(request: Request, body: bytes) -> None:
    """Raise Unauthenticated unless Amazon signed the message for one of our topics."""
    state = request.app.state
    certificates: Certificates | None = getattr(state, "sns_certificates", None)
    if certificates is None:
        certificates = state.sns_certificates = Certificates()
    topics = state.labo.settings.hooks.sns_topics
    await check_message(decode_json(body), topics, certificates, datetime.now(UTC))


def _is_open_to(request: Request, headers: Headers) -> bool:
    """Whether the settings let this sender in without any credential: programs on this host.

    A page in a browser of this host may post text and forms anywhere, and then names its origin as
    a URL; CloudEvents' senders name theirs as a host.
    """
    origin = headers.get("origin", "")
    is_page = "://" in origin or origin == "null"
    settings = request.app.state.labo.settings.api
    is_open: bool = settings.allow_unauthenticated_loopback_hooks
    return is_open and is_local(request) and not is_page


def _unidentified(source: Source) -> Unauthenticated:
    return Unauthenticated(
        "the source's secret or a token is required",
        where=source.name,
        hint="sign the body, or send `Authorization: Bearer …`",
    )


def _secrets(labo: App, source: str) -> list[str]:
    active: list[SecretStr] = labo.settings.hooks.secrets.get(source, [])
    return [secret.get_secret_value() for secret in active]
