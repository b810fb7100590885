"""Checks a folder that somebody works on: its documents, and how far they are signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from labo.adapters.templates.documents import migration_of, template_of
from labo.adapters.templates.envelope import content_digest, parse_json
from labo.adapters.templates.folder import (
    MIGRATION_FILE,
    Trust,
    find_files,
    read_signed,
    read_trust,
)
from labo.adapters.templates.registry import (
    SignedRegistry,
    check_migration_path,
    check_template_path,
)
from labo.domain.escalation.action_templates import Template
from labo.domain.escalation.stored_parameters import check_fits
from labo.domain.governance.migrations import TemplateMigration
from labo.domain.governance.templates import TemplateKind
from labo.errors import LaboError


@dataclass(frozen=True, slots=True)
class LintedFile:
    """A file whose form is right. `signed_by` is empty where its signature does not count; `fault`
    says why, or why it was revoked."""

    path: str
    key: str
    digest: str
    signed_by: str
    fault: str


def lint_folder(folder: Path) -> list[LintedFile]:
    """Every signed or unsigned file below `folder`. Raises InvalidInput naming the first file that
    is malformed, or a migration that does not fit its templates or the bundled ones."""
    trust, fault = _trust(folder)
    actions = {
        one.key: one.content
        for one in SignedRegistry.open().templates
        if isinstance(one.content, Template)
    }
    linted: list[LintedFile] = []
    migrations: list[TemplateMigration] = []
    for path in find_files(folder):
        content = parse_json((folder / path).read_bytes(), path)
        if PurePosixPath(path).name == MIGRATION_FILE:
            migration = migration_of(content, path)
            check_migration_path(path, migration)
            migrations.append(migration)
            key = f"{migration.template}@{migration.before + 1}"
        else:
            kind = TemplateKind(PurePosixPath(path).parts[0])
            template = template_of(kind, content, path)
            check_template_path(path, kind, template.id, template.version)
            key = template.key
            if isinstance(template, Template):
                actions[key] = template
        signed_by, why = _signature(folder, path, trust, fault)
        linted.append(LintedFile(path, key, content_digest(content, path), signed_by, why))
    _check(migrations, actions)
    return linted


def _check(migrations: Sequence[TemplateMigration], actions: dict[str, Template]) -> None:
    for migration in migrations:
        check_fits(migration, actions)


def _trust(folder: Path) -> tuple[Trust | None, str]:
    try:
        return read_trust(folder, datetime.now(UTC)), ""
    except LaboError as error:
        return None, str(error)


def _signature(folder: Path, path: str, trust: Trust | None, fault: str) -> tuple[str, str]:
    """Who signed it, and why that does not count."""
    if trust is None:
        return "", fault
    try:
        signed = read_signed(folder, path, trust)
    except LaboError as error:
        return "", error.message
    counts = signed.is_revoked or not signed.fault
    return (signed.signed_by if counts else ""), signed.fault
