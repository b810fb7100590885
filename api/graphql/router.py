"""GraphQL over HTTP (POST only), server-sent events and `graphql-transport-ws`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, overload

from cross_web import HTTPException as RefusedRequest
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import GraphQLRouter
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from api.auth import authenticate, authenticator, secret_in
from api.graphql.context import Context
from api.graphql.schema import build_schema
from labo.errors import LaboError, Unavailable

PATH = "/graphql"
MAX_BODY_BYTES = 1_000_000
"""Of an operation of at most 2,000 tokens with its variables, which are held while it runs."""
INIT_SECONDS = 5
SUBSCRIPTIONS_PER_CONNECTION = 20
RETRY_AFTER_S = 5


async def build_context(connection: HTTPConnection) -> Context:
    """An HTTP caller is known now; a WebSocket's may come with its first message.

    Only the development page is served to strangers, and no root field answers them.
    """
    context = Context(connection.app.state.labo)
    if connection.scope["type"] == "http" and connection.scope["method"] == "POST":
        await context.identify(lambda: authenticate(connection))
    return context


class Router(GraphQLRouter[Context, None]):
    @overload
    async def run(
        self, request: Request, context: Context = UNSET, root_value: None = None
    ) -> Response: ...

    @overload
    async def run(
        self, request: WebSocket, context: Context = UNSET, root_value: None = None
    ) -> WebSocket: ...

    async def run(
        self, request: Request | WebSocket, context: Context = UNSET, root_value: None = None
    ) -> Response | WebSocket:
        """As Strawberry does, but a refusal is a problem like everywhere else."""
        try:
            return await super().run(request, context, root_value)
        except RefusedRequest as error:
            raise HTTPException(error.status_code, error.reason) from error

    def decode_json(self, data: str | bytes) -> object:
        """Raises JSONDecodeError, which HTTP and WebSocket answer alike, for whatever is no JSON
        object or list that UTF-8 can write."""
        try:
            value = json.loads(data)
            if b"\\u" in (data if isinstance(data, bytes) else data.encode()):
                json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("invalid JSON", "", 0) from error
        if not isinstance(value, dict | list):
            raise json.JSONDecodeError("neither an object nor a list", "", 0)
        return value

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        """As Strawberry's, but 503 where a dependency is away: proxies and clients know it."""
        answers = response_data if isinstance(response_data, list) else [response_data]
        if any(map(_is_unavailable, answers)):
            sub_response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            sub_response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return super().create_response(response_data, sub_response)

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """The token is the handshake's header, or `Authorization` in the init message, since a
        browser can't set headers here."""
        connection = context.request
        if not isinstance(connection, HTTPConnection):
            raise ConnectionRejectionError
        header = _init_header(context.connection_params) or connection.headers.get("authorization")
        try:
            secret = secret_in(header)
            await context.identify(lambda: authenticator(connection).principal(secret))
        except LaboError as error:
            raise ConnectionRejectionError from error
        return None


def _is_unavailable(answer: GraphQLHTTPResponse) -> bool:
    errors: Sequence[Any] = answer.get("errors") or ()
    return any((error.get("extensions") or {}).get("code") == Unavailable.code for error in errors)


def _init_header(params: object) -> str | None:
    """`Authorization`, in any case, of a connection's init message."""
    given = params if isinstance(params, dict) else {}
    found = (value for name, value in given.items() if str(name).lower() == "authorization")
    value = next(found, None)
    return value if isinstance(value, str) else None


def build_router(*, development: bool) -> Router:
    """GraphiQL only in development."""
    return Router(
        build_schema(),
        path=PATH,
        graphql_ide="graphiql" if development else None,
        allow_queries_via_get=False,
        context_getter=build_context,
        subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL],
        connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
        max_subscriptions_per_connection=SUBSCRIPTIONS_PER_CONNECTION,
        include_in_schema=False,
    )
