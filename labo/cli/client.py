"""Calls from the command line to the running API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labo import errors
from labo.cli.connection import no_stack
from labo.cli.options import data_folder
from labo.cli.stored_token import read_token, token_path
from labo.settings import Settings
from labo.stack.state import running

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 60.0

_KINDS: Mapping[str, type[errors.LaboError]] = {
    kind.code: kind
    for kind in (
        errors.NotFound,
        errors.Conflict,
        errors.InvalidInput,
        errors.Forbidden,
        errors.Unauthenticated,
        errors.Unavailable,
        errors.BudgetExceeded,
    )
}


def api_url(data: Path | None = None) -> str:
    """LABO_API__PUBLIC_URL, else the API of the stack that runs on the data folder.

    Its supervisor records where it listens: LABO_API__PORT is only what was requested, and `--ports
    auto` or port 0 lead elsewhere. Raises Unavailable when there is neither.
    """
    public_url = Settings().api.public_url
    if public_url:
        return public_url.rstrip("/")
    state = running(data_folder(data))
    if state is None:
        raise no_stack(data_folder(data), "LABO_API__PUBLIC_URL")
    return state.urls["api"]


@contextmanager
def api_client(data: Path | None = None) -> Iterator[httpx.Client]:
    """A client of the API, with its address and the stored token.

    Within it, transport failures are Unavailable.
    """
    # Imported here: `labo up` lives as long as its stack, and makes no calls.
    import httpx

    url = api_url(data)
    folder = data_folder(data)
    token = read_token(folder)
    if token is None:
        raise errors.Unauthenticated(
            "there is no token", where=str(token_path(folder)), hint="run `labo token ensure`"
        )
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS) as client:
        try:
            yield client
        except httpx.TransportError as error:
            raise errors.Unavailable(
                f"the API doesn't answer: {error}", where=url, hint="see `labo doctor`"
            ) from error


def raise_for_problem(answer: httpx.Response) -> None:
    """Raise the LaboError that a problem+json answer stands for."""
    if answer.is_success:
        return
    try:
        body = answer.json()
    except ValueError:
        body = {}
    detail = body.get("detail") or f"the API answered {answer.status_code}"
    raise _failure(body, detail)


def _failure(described: Mapping[str, Any], message: str) -> errors.LaboError:
    """The error that `code`, `where` and `hint` of an answer describe."""
    kind = _KINDS.get(described.get("code", ""), errors.LaboError)
    return kind(message, where=described.get("where"), hint=described.get("hint"))


def graphql(
    query: str, variables: Mapping[str, Any] | None = None, *, data: Path | None = None
) -> dict[str, Any]:
    """The GraphQL answer with `data` and, where there are any, `errors`.

    Raises LaboError when the request as a whole is refused.
    """
    with api_client(data) as client:
        answer = client.post("/graphql", json={"query": query, "variables": dict(variables or {})})
    raise_for_problem(answer)
    body: dict[str, Any] = answer.json()
    return body


def ask(
    query: str, variables: Mapping[str, Any] | None = None, *, data: Path | None = None
) -> dict[str, Any]:
    """The data of a GraphQL answer.

    Raises the LaboError that the answer's first error stands for. A member of a union is left as it
    is: `member` reads it.
    """
    answer = graphql(query, variables, data=data)
    if errors_found := answer.get("errors"):
        first = errors_found[0]
        raise _failure(first.get("extensions") or {}, first["message"])
    found: dict[str, Any] = answer["data"]
    return found


def member(found: Mapping[str, Any], given: str, *, data: Path | None = None) -> dict[str, Any]:
    """One member of a union, asked for with `... on Failure { code message where hint }`.

    Raises the LaboError that a Failure stands for; what was not found names `given` and where it
    was looked for.
    """
    if "code" not in found:
        return dict(found)
    if found["code"] == errors.NotFound.code:
        hint = f"looked in {looked_in(data)}"
        raise errors.NotFound(found["message"], where=given, hint=found.get("hint") or hint)
    raise _failure(found, found["message"])


def looked_in(data: Path | None) -> str:
    """What a command has asked, for a sentence: the data folder, or the API's address."""
    public_url = Settings().api.public_url
    return public_url or f"the data folder {data_folder(data)}"
