"""One page of a list that GraphQL has, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labo.cli.client import ask
from labo.cli.operator.watching import present
from labo.cli.output import echo, print_json

Node = Mapping[str, Any]


@dataclass(frozen=True)
class PageForm:
    """How a page is shown: `name` is the field that `query` asks for and the JSON's list; `record`
    a node's JSON form; `table` prints nodes, at least one; `nothing` says that there are none;
    `filters` are the options that narrow the list, in words."""

    name: str
    query: str
    record: Callable[[Node], Mapping[str, object]]
    table: Callable[[Sequence[Node]], None]
    nothing: Callable[[], None]
    filters: str


def present_page(
    form: PageForm,
    variables: Mapping[str, object],
    *,
    as_json: bool,
    watch: bool,
    data: Path | None,
) -> None:
    """Ask for the page and show it; with `watch` again and again. Raises as `ask`."""

    def read() -> dict[str, Any]:
        return dict(ask(form.query, variables, data=data)[form.name])

    def show(page: Mapping[str, Any]) -> None:
        nodes, more = page["nodes"], page["pageInfo"]["hasNextPage"]
        if as_json:
            print_json({form.name: [form.record(node) for node in nodes], "more": more})
        elif not nodes:
            form.nothing()
        else:
            form.table(nodes)
            if more:
                echo(f"There are more than these {len(nodes)}: see {form.filters}.")

    present(read, show, watch=watch, data=data)
