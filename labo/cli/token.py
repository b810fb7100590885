"""`labo token`: who may call the API."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from labo.cli.connection import connected_settings
from labo.cli.options import DataOption, data_folder
from labo.cli.output import JsonOption, echo, print_json, print_table
from labo.cli.stored_token import read_token, store_token, token_path
from labo.domain.entities.tokens import Scope, Token
from labo.errors import InvalidInput, Unauthenticated

if TYPE_CHECKING:
    from graph.client import Graph
    from labo.services.access.tokens import NewToken, TokenService
    from labo.settings import Settings

app = typer.Typer(name="token", help="Who may call the API.", no_args_is_help=True)

T = TypeVar("T")
_SPAN = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
FIRST_NAME = "operator"

ScopeOption = Annotated[
    list[Scope] | None,
    typer.Option("--scope", help="May be given several times; read and ingest by default."),
]


@app.command()
def ensure(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Make the first token and store it in the data folder; do nothing when that one works.

    `labo up` does it at every start. The token is printed once, and only to a terminal, so that
    it ends in no log file; the commands of this tool read it from the data folder.

    Example: labo token ensure
    """
    settings = connected_settings(data)
    folder = data_folder(data)
    created = _use(settings, lambda tokens: _ensure(tokens, folder))
    path = token_path(folder)
    if as_json:
        print_json({"created": created is not None, "path": str(path)})
    elif created is None:
        echo(f"the token in {path} works")
    else:
        echo(f"created the token `{FIRST_NAME}`, stored in {path}")
        if sys.stdout.isatty():
            echo(f"shown once: {created.secret}")


@app.command()
def create(
    name: str,
    *,
    scope: ScopeOption = None,
    expires_in: Annotated[str | None, typer.Option(help="Such as 90d, 12h, 30m.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it once; it can't be shown again.

    Examples: labo token create grafana --scope ingest · labo token create ci --expires-in 90d
    """
    lifetime = _span(expires_in) if expires_in else None
    scopes = scope or [Scope.READ, Scope.INGEST]
    _print_new(
        _use(connected_settings(data), lambda t: t.create(name, scopes, lifetime=lifetime)),
        as_json=as_json,
    )


@app.command("list")
def list_tokens(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show the tokens, never their secrets.

    Example: labo token list --json
    """
    rows = [_row(token) for token in _run(connected_settings(data), _find_all)]
    if as_json:
        print_json(rows)
    else:
        columns = ("id", "name", "scopes", "valid", "created_at", "expires_at")
        print_table(columns, [[row[column] for column in columns] for row in rows])


@app.command()
def revoke(token_id: str, *, data: DataOption = None, as_json: JsonOption = False) -> None:
    """End a token. A running API may accept it for ten seconds more.

    Example: labo token revoke 3f0c9a1be2d45678
    """
    _use(connected_settings(data), lambda t: t.revoke(token_id))
    print_json({"revoked": token_id}) if as_json else echo(f"revoked {token_id}")


@app.command()
def rotate(
    token_id: str,
    *,
    grace: Annotated[str, typer.Option(help="How long the old one still works.")] = "1h",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replace a token by one with the same name and scopes; both work for the grace time.

    Example: labo token rotate 3f0c9a1be2d45678 --grace 24h
    """
    span = _span(grace)
    _print_new(_use(connected_settings(data), lambda t: t.rotate(token_id, span)), as_json=as_json)


async def _find_all(graph: Graph) -> list[Token]:
    from graph import tokens

    return await tokens.find_all(graph)


async def _ensure(tokens: TokenService, data_dir: Path) -> NewToken | None:
    """The new token, or None when the stored one works."""
    stored = read_token(data_dir)
    if stored is not None:
        try:
            await tokens.verify(stored)
        except Unauthenticated:
            pass
        else:
            return None
    created = await tokens.create(FIRST_NAME, [Scope.ADMIN])
    store_token(data_dir, created.secret)
    return created


def _use(settings: Settings, use: Callable[[TokenService], Awaitable[T]]) -> T:
    from labo.services.access.tokens import TokenService

    return _run(settings, lambda graph: use(TokenService(graph)))


def _run(settings: Settings, use: Callable[[Graph], Awaitable[T]]) -> T:
    async def work() -> T:
        async with _graph(settings) as graph:
            return await use(graph)

    return asyncio.run(work())


@asynccontextmanager
async def _graph(settings: Settings) -> AsyncIterator[Graph]:
    """Neo4j alone: tokens need no Redis, and `labo up` makes the first one before it runs."""
    from graph.client import Graph
    from graph.driver import open_driver

    neo4j = settings.neo4j
    if not neo4j.uri or not neo4j.password:
        raise InvalidInput(
            "no Neo4j is configured", where="LABO_NEO4J__URI", hint="or start one with `labo up`"
        )
    driver = open_driver(neo4j.uri, neo4j.user, neo4j.password.get_secret_value())
    graph = Graph(driver, workspace=settings.workspace, database=neo4j.database)
    try:
        yield graph
    finally:
        await graph.close()


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise InvalidInput("not a time span", where=text, hint="such as 90d, 12h, 30m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _print_new(made: NewToken, *, as_json: bool) -> None:
    if as_json:
        print_json(_row(made.token) | {"token": made.secret})
    else:
        echo(f"created {made.token.id} ({', '.join(made.token.scopes)}), shown once:")
        echo(made.secret)


def _row(token: Token) -> dict[str, str | bool | None]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": " ".join(token.scopes),
        "valid": token.is_valid(datetime.now(UTC)),
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
    }
