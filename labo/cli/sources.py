"""`labo sources`: what a monitor's body becomes, and why, without a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.output import JsonOption, as_codes, echo, print_json, print_table
from labo.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from labo.adapters.sources.interpretations import Interpretation
    from labo.adapters.sources.source import Normalised, Source
    from labo.domain.incidents.events import Event

app = typer.Typer(name="sources", help="What monitors' bodies become.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The source, as in /hooks/NAME.", show_default=False)]
File = Annotated[
    Path, typer.Argument(help="The body as it was sent; `-` reads it.", show_default=False)
]
Header = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", help="`Name: value`; may be given several times."),
]
ContentType = Annotated[str, typer.Option("--content-type", help="What the sender says it is.")]


@app.callback()
def sources() -> None:
    """What monitors' bodies become, and why.

    Example: labo sources test alertmanager body.json
    """


@dataclass(frozen=True, slots=True)
class _Row:
    """A field of an event, its value, and the rule that found it."""

    field: str
    value: str | None
    rule: str = ""


@app.command("test")
def test_source(
    name: Name,
    file: File,
    *,
    header: Header = None,
    content_type: ContentType = "application/json",
    as_json: JsonOption = False,
) -> None:
    """Show what a body becomes: component, severity, status and times, each with its rule.

    Reads the mappings in the settings, as the server does; nothing is sent or stored.

    Examples: labo sources test alertmanager body.json ·
    labo sources test sns body.json --content-type text/plain ·
    labo sources test cloudevents body.xml --content-type application/xml -H 'ce-specversion: 1.0'
    -H 'ce-id: 1' -H 'ce-source: /probes' -H 'ce-type: probe.down' ·
    LABO_HOOKS__MAPPINGS='{"mine": {"title": "what"}}' labo sources test mine body.json --json
    """
    source = _source(name)
    headers = _headers(header or [])
    kind = content_type.partition(";")[0].strip().lower()
    if not source.reads(kind, headers):
        raise InvalidInput(f"{name} reads no {kind or 'body without a type'}", where="content-type")
    done, items = _read(source, _body(file), kind, headers)
    _print_json(done, items) if as_json else _print_tables(done, items)


def _print_json(done: Normalised, items: Sequence[Sequence[_Row]]) -> None:
    print_json(
        {
            "events": [
                {row.field: {"value": row.value, "rule": row.rule} for row in rows}
                for rows in items
            ],
            "refused": [
                {"index": one.index, "where": one.where, "reason": one.reason}
                for one in done.refused
            ],
        }
    )


def _print_tables(done: Normalised, items: Sequence[Sequence[_Row]]) -> None:
    for number, rows in enumerate(items):
        echo(f"event {number + 1} of {len(items)}, from {as_codes(done.places[number])}")
        print_table(
            ("field", "value", "by"),
            [(row.field, as_codes(row.value), as_codes(row.rule)) for row in rows],
        )
    if done.refused:
        print_table(
            ("refused", "where", "reason"),
            [(one.index, as_codes(one.where), as_codes(one.reason)) for one in done.refused],
        )


def _source(name: str) -> Source:
    from labo.adapters.sources import configured
    from labo.settings import Settings

    hooks = Settings().hooks
    known = configured(hooks.mappings, hooks.components)
    if name not in known:
        raise NotFound("there is no such source", where=name, hint=", ".join(sorted(known)))
    return known[name]


def _headers(given: Sequence[str]) -> dict[str, str]:
    headers = {}
    for line in given:
        name, colon, value = line.partition(":")
        if not colon:
            raise InvalidInput("a header is `Name: value`", where=line)
        headers[name.strip().lower()] = value.strip()
    return headers


def _body(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidInput(error.strerror or "cannot be read", where=str(file)) from error


def _read(
    source: Source, body: bytes, kind: str, headers: Mapping[str, str]
) -> tuple[Normalised, list[list[_Row]]]:
    """What the body became, and the rows of each event."""
    from labo.adapters.sources.interpretations import recorded

    with recorded() as interpretations:
        payload = source.decode(body, kind, headers)
        done = source.normalise(payload, {**headers, "content-type": kind})
    of_events = [own for own, is_refused in _by_item(interpretations) if not is_refused]
    return done, [_rows(*pair) for pair in zip(done.events, of_events, strict=True)]


def _by_item(
    interpretations: Sequence[Interpretation],
) -> Iterator[tuple[list[Interpretation], bool]]:
    from labo.adapters.sources.interpretations import ITEM_END

    own: list[Interpretation] = []
    for interpretation in interpretations:
        if interpretation.field == ITEM_END:
            yield own, bool(interpretation.rule)
            own = []
        else:
            own.append(interpretation)


def _rows(event: Event, interpretations: Sequence[Interpretation]) -> list[_Row]:
    from labo.domain.incidents.events import implausible_time
    from labo.domain.incidents.linking.component_names import named_component
    from labo.domain.incidents.linking.identity import locate, problem_of

    by = {one.field: f"{one.value!r}, {one.rule}" for one in interpretations if one.field != "time"}
    times = "; ".join(
        f"{one.value!r}, {one.rule}" for one in interpretations if one.field == "time"
    )
    named = named_component(event)
    component = locate(event, named.name, {})
    rows = [
        _Row("component", named.name, named.rule),
        _Row("system", component.system, "label `system`, else the default"),
        _Row("problem", problem_of(event, component.role).title, "alert's name, else the title"),
        _Row("status", event.status.value, by.get("status", "")),
        _Row("severity", event.severity.value, by.get("severity", "")),
        _Row("starts_at", event.starts_at.isoformat() if event.starts_at else None, times),
        _Row("ends_at", event.ends_at.isoformat() if event.ends_at else None),
        _Row("title", event.title),
        _Row("dedup_key", event.dedup_key),
    ]
    if wrong := implausible_time(event, datetime.now(UTC)):
        rows.append(_Row("refused", wrong, "times that cannot be true are not stored"))
    return rows
