"""What the demo does to its stack, each step as a user or a monitor would do it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from labo.cli.client import api_client, graphql, raise_for_problem
from labo.errors import Unavailable

T = TypeVar("T")

PATIENCE_S = 90.0


def import_case(case: Path, system: str) -> None:
    """`labo import` of one folder."""
    import asyncio

    from labo.adapters.cases.reading import read_case
    from labo.cli.connection import connected_settings
    from labo.cli.import_cases import ingest_cases

    def imported() -> bool:
        asyncio.run(ingest_cases(connected_settings(), [read_case(case)], system))
        return True

    wait_for(imported, f"{case.name} is imported")


def post_alert(alert: dict[str, Any]) -> None:
    """Post it as Alertmanager would."""

    def posted() -> bool:
        with api_client() as client:
            raise_for_problem(client.post("/hooks/alertmanager", json=alert))
        return True

    wait_for(posted, "the alert is accepted")


def ask(query: str, **variables: object) -> dict[str, Any]:
    """The data of a GraphQL answer. Raises Unavailable when it has errors."""
    answer = graphql(query, variables)
    if "errors" in answer:
        raise Unavailable(f"GraphQL answered {answer['errors'][0]['message']}")
    data: dict[str, Any] = answer["data"]
    return data


def wait_for(probe: Callable[[], T | None], what: str) -> T:
    """The first true answer of `look`. Raises Unavailable, naming `what`, after 90 s.

    An Unavailable of `look` is waited out: on a busy machine a stack is slow to wake.
    """
    give_up = time.monotonic() + PATIENCE_S
    last = ""
    while time.monotonic() < give_up:
        try:
            if found := probe():
                return found
        except Unavailable as error:
            last = f" ({error.message})"
        time.sleep(0.3)
    raise Unavailable(
        f"not within {PATIENCE_S:.0f} s: {what}{last}", hint="labo logs --data FOLDER"
    )
