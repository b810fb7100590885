"""`labo audit`: who decided and did what, and whether that record is whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from labo.cli.connection import ask_services, connected_settings
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json, print_table, say
from labo.domain.governance.audit import parse_head
from labo.errors import Conflict

app = typer.Typer(
    name="audit",
    help="Who decided and did what, and whether that record is whole.",
    no_args_is_help=True,
)


@app.command()
def verify(
    *,
    noted: Annotated[
        str | None,
        typer.Option("--noted", metavar="HEAD", help="A head that was printed earlier."),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow the chain from its first entry to its head; exit code 5 where it is broken.

    Note the head that is printed somewhere else: given again, it shows a chain that was written
    anew as a whole.

    Examples: labo audit verify · labo audit verify --noted 812:9f3c… --json
    """
    wanted = parse_head(noted) if noted else None
    check = ask_services(
        connected_settings(data), lambda labo: labo.governance.audit.verify(wanted)
    )
    fault = check.fault
    if as_json:
        print_json(
            {
                "entries": check.head.seq,
                "head": None if fault else str(check.head),
                "fault": asdict(fault) if fault else None,
            }
        )
    elif not fault:
        say("{} entries, each follows the one before", check.head.seq)
        say("head: {}", str(check.head))
    if fault:
        raise Conflict(f"the audit chain is broken: {fault.reason}", where=f"entry {fault.seq}")


@app.command("list")
def list_entries(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    before: Annotated[
        int | None, typer.Option(min=1, help="Only entries before this number.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the newest entries first.

    Examples: labo audit list · labo audit list --limit 500 --before 1200 --json
    """
    entries = ask_services(
        connected_settings(data),
        lambda labo: labo.governance.audit.newest(before=before, limit=limit),
    )
    if as_json:
        print_json([asdict(one) for one in entries])
    elif not entries:
        say("Nothing was decided or done yet.")
    else:
        rows = [
            (
                one.seq,
                f"{one.at:%Y-%m-%d %H:%M:%S}",
                one.actor,
                one.kind.replace("_", " "),
                one.subject,
                " · ".join(f"{name}: {text}" for name, text in one.detail.items()),
            )
            for one in entries
        ]
        print_table(("entry", "at (UTC)", "by", "what", "on", "detail"), rows)
