"""`labo templates lint | sign | migrate`: on files, without a stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labo.cli.output import JsonOption, echo, print_json, print_table
from labo.domain.governance.templates import parse_key
from labo.errors import Forbidden, InvalidInput
from labo.settings import Settings

if TYPE_CHECKING:
    from labo.adapters.templates.lint import LintedFile
    from labo.adapters.templates.signing import Revocations

app = typer.Typer()

LIFETIME_DAYS = 365
"""Of a new key: long enough that replacing it is a yearly routine, short enough that one that was
forgotten ends."""

FolderArgument = Annotated[
    Path | None,
    typer.Argument(help="Folder of templates; by default LABO_GOVERNANCE__TEMPLATE_FOLDER."),
]


@app.command()
def lint(
    folder: FolderArgument = None,
    *,
    require_signed: Annotated[
        bool, typer.Option("--require-signed", help="Fail where a signature does not count.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check every template and migration of a folder, and show how far they are signed.

    Exit code 2 for a malformed file, 7 with --require-signed for a signature that does not count.

    Examples: labo templates lint ./my-templates · labo templates lint ./my-templates
    --require-signed --json
    """
    from labo.adapters.templates.lint import lint_folder

    linted = lint_folder(_folder(folder))
    _print_linted(linted, as_json=as_json)
    unsigned = [one for one in linted if not one.signed_by]
    if require_signed and unsigned:
        raise Forbidden(unsigned[0].fault, where=unsigned[0].path)


@app.command()
def sign(
    folder: FolderArgument = None,
    *,
    key: Annotated[Path, typer.Option(help="Private key (PEM, Ed25519); made if missing.")],
    name: Annotated[str, typer.Option(help="What the key is called in keys.json.")],
    valid_days: Annotated[
        int, typer.Option(min=1, max=3660, help="How long a key that is new here is valid.")
    ] = LIFETIME_DAYS,
    revoke_key: Annotated[
        list[str] | None, typer.Option(help="A key whose signatures no longer count.")
    ] = None,
    revoke: Annotated[
        list[str] | None, typer.Option(help="A version that must not be used, by its key.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why something is revoked.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Sign every file of a folder, and the set of them, after checking them.

    The private key is created with mode 600 where there is none; its public half is added to
    keys.json. Keep the private half out of the folder and of any repository.

    Examples: labo templates sign ./my-templates --key ~/.config/labo/template-signing.pem --name
    ops-2026 · labo templates sign ./my-templates --key new.pem --name ops-2027 --revoke-key
    ops-2026 --reason "laptop stolen"
    """
    from labo.adapters.templates.lint import lint_folder
    from labo.adapters.templates.signing import read_or_create_key, sign_folder, trust

    target, private = _folder(folder), key.expanduser()
    if private.resolve().is_relative_to(target.resolve()):
        raise InvalidInput("the private key must lie outside of the folder", where=str(key))
    revocations = _revocations(lint_folder(target), revoke_key or [], revoke or [], reason)
    pair = read_or_create_key(private)
    trust(target, name, pair, timedelta(days=valid_days))
    files = sign_folder(target, name, pair, revocations)
    text = f"signed {len(files.files)} files with {name}, revision {files.revision} of the set"
    print_json(files.model_dump(mode="json")) if as_json else echo(text)


@app.command()
def migrate(
    template: Annotated[
        str, typer.Argument(metavar="TEMPLATE@VERSION", help="Of the old version.")
    ],
    *,
    to: Annotated[int, typer.Option(min=1, max=9999, help="The newer version.")],
    parameters: Annotated[str, typer.Option(help="The stored parameters as JSON, or @FILE.")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Templates of one's own; by default LABO_GOVERNANCE__TEMPLATE_FOLDER."),
    ] = None,
) -> None:
    """Print stored parameters in the form of a newer version, checked by it, as JSON.

    Examples: labo templates migrate restart_service@1 --to 2 --parameters '{"component":
    "checkout", "strategy": "rolling"}' · labo templates migrate nudge@1 --to 3 --parameters
    @stored.json --folder ./my-templates
    """
    from labo.adapters.templates.registry import SignedRegistry
    from labo.domain.escalation.action_templates import Template
    from labo.domain.escalation.stored_parameters import migrate_parameters

    name, start = parse_key(template)
    own = folder or Settings().governance.template_folder
    registry = SignedRegistry.open(*(() if own is None else (_folder(own),)))
    actions = {
        one.key: one.content for one in registry.templates if isinstance(one.content, Template)
    }
    print_json(
        migrate_parameters(
            actions,
            registry.migrations,
            _parameters(parameters),
            template=name,
            start=start,
            end=to,
        )
    )


def _folder(folder: Path | None) -> Path:
    """Raises InvalidInput where none is given, or there is none."""
    chosen = folder or Settings().governance.template_folder
    if chosen is None:
        raise InvalidInput(
            "no folder of templates is named",
            hint="name it, or set LABO_GOVERNANCE__TEMPLATE_FOLDER",
        )
    if not chosen.expanduser().is_dir():
        raise InvalidInput("no such folder", where=str(chosen))
    return chosen.expanduser()


def _revocations(
    linted: list[LintedFile], keys: list[str], templates: list[str], reason: str
) -> Revocations:
    from labo.adapters.templates.signing import Revocations

    if (keys or templates) and not reason.strip():
        raise InvalidInput("revoking needs a reason", where="--reason")
    digests = {one.key: one.digest for one in linted if one.path.endswith("/template.json")}
    if unknown := [one for one in templates if one not in digests]:
        raise InvalidInput("not in this folder", where=unknown[0], hint="such as nudge@1")
    return Revocations(
        keys=dict.fromkeys(keys, reason),
        digests={digests[one]: reason for one in templates},
    )


def _parameters(text: str) -> Mapping[str, Any]:
    """Raises InvalidInput for what is no JSON object of plain values."""
    try:
        read = Path(text[1:]).read_text("utf-8") if text.startswith("@") else text
        value = json.loads(read)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"not readable: {error}", where="--parameters") from error
    if not isinstance(value, dict) or not all(
        isinstance(one, str | int | float | bool) for one in value.values()
    ):
        raise InvalidInput("needs a JSON object of plain values", where="--parameters")
    return value


def _print_linted(linted: list[LintedFile], *, as_json: bool) -> None:
    rows: list[dict[str, object]] = [
        {
            "path": one.path,
            "key": one.key,
            "digest": one.digest,
            "signed_by": one.signed_by or None,
            "fault": one.fault or None,
        }
        for one in linted
    ]
    if as_json:
        print_json(rows)
    else:
        columns = ("key", "path", "signed_by", "fault")
        print_table(columns, [[row[column] for column in columns] for row in rows])
