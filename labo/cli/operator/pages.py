"""One page of a list that GraphQL has, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labo.cli.client import ask
from labo.cli.operator.watching import present
from labo.cli.output import echo, print_json
from labo.errors import LaboError

Node = Mapping[str, Any]


@dataclass(frozen=True)
class PageForm:
    """How a page is shown: `name` is the field that `query` asks for and the JSON's list; `record`
    a node's JSON form; `table` prints nodes, at least one; `nothing` says that there are none;
    `filters` are the options that narrow the list, in words; `unmatched` is the error where those
    that were given leave none, None where none were given."""

    name: str
    query: str
    record: Callable[[Node], Mapping[str, object]]
    table: Callable[[Sequence[Node]], None]
    nothing: Callable[[], None]
    filters: str
    unmatched: LaboError | None = None


def present_page(
    form: PageForm,
    variables: Mapping[str, object],
    *,
    as_json: bool,
    watch: bool,
    data: Path | None,
) -> None:
    """Ask for the page and show it; with `watch` again and again. Raises as `ask`, and what is
    `unmatched` unless somebody watches for it."""

    def read() -> dict[str, Any]:
        return dict(ask(form.query, variables, data=data)[form.name])

    def show(page: Mapping[str, Any]) -> None:
        nodes, more = page["nodes"], page["pageInfo"]["hasNextPage"]
        if not nodes and form.unmatched and not watch:
            raise form.unmatched
        if as_json:
            print_json({form.name: [form.record(node) for node in nodes], "more": more})
        elif not nodes:
            form.nothing()
        else:
            form.table(nodes)
            if more:
                echo(f"There are more than these {len(nodes)}: see {form.filters}.")

    present(read, show, watch=watch, data=data)
