"""The registry: every signed template of the folders, read at the start, verified when used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from labo.adapters.templates.documents import migration_of, template_of
from labo.adapters.templates.folder import (
    MIGRATION_FILE,
    SET_FILE,
    TEMPLATE_FILE,
    SignedFile,
    Trust,
    find_files,
    not_of_the_set,
    read_signed,
    read_trust,
)
from labo.domain.escalation.action_templates import Template
from labo.domain.escalation.stored_parameters import check_fits
from labo.domain.governance.migrations import TemplateMigration
from labo.domain.governance.templates import TemplateKind
from labo.errors import Forbidden, InvalidInput, NotFound
from labo.ports.template_registry import RegisteredTemplate


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Origin:
    folder: Traversable
    path: str


class SignedRegistry:
    """Built by `open`. What it holds does not change; `verify` reads the files again."""

    def __init__(
        self,
        templates: Sequence[tuple[RegisteredTemplate, _Origin]],
        migrations: Sequence[TemplateMigration],
        clock: Callable[[], datetime],
    ) -> None:
        self._by_key = {one.key: (one, origin) for one, origin in templates}
        self._migrations = tuple(migrations)
        self._clock = clock

    @classmethod
    def open(
        cls,
        *own: Traversable,
        bundled: bool = True,
        clock: Callable[[], datetime] = _now,
    ) -> SignedRegistry:
        """The bundled templates and those of folders of one's own.

        Raises Forbidden when a signature is missing, unknown or does not fit, or the files are not
        those of the signed set; InvalidInput when a file is malformed, a migration does not fit its
        templates, or two folders have the same version. One bad file refuses all: half a set is no
        policy. A key that expired or was revoked is a fault of what it signed alone.
        """
        folders = [(files("templates"), True)] if bundled else []
        folders += [(folder, False) for folder in own]
        templates: list[tuple[RegisteredTemplate, _Origin]] = []
        migrations: list[TemplateMigration] = []
        for folder, is_bundled in folders:
            found, moved = _read_folder(folder, is_bundled, clock())
            templates += found
            migrations += moved
        _check_unique([one for one, _ in templates])
        _check_migrations(migrations, [one for one, _ in templates])
        templates.sort(key=lambda one: (one[0].name, one[0].version))
        return cls(templates, migrations, clock)

    @property
    def templates(self) -> tuple[RegisteredTemplate, ...]:
        """By name and version."""
        return tuple(one for one, _ in self._by_key.values())

    @property
    def migrations(self) -> tuple[TemplateMigration, ...]:
        return self._migrations

    def newest_actions(self) -> dict[str, Template]:
        """The newest version of each action template without a fault, by id."""
        return {
            one.name: one.content
            for one in self.templates
            if isinstance(one.content, Template) and not one.fault
        }

    def verify(self, key: str, digest: str) -> None:
        """See the port. Reads four files and checks two signatures: half a millisecond."""
        registered, origin = self._find(key)
        trust = read_trust(origin.folder, self._clock())
        signed = read_signed(origin.folder, origin.path, trust)
        if not digest == registered.digest == signed.digest:
            raise Forbidden("this is not the template that was shown", where=key)
        if signed.fault:
            raise Forbidden(f"this template must not be used: {signed.fault}", where=key)

    def _find(self, key: str) -> tuple[RegisteredTemplate, _Origin]:
        found = self._by_key.get(key)
        if found is None:
            raise NotFound("no such template", where=key[:100], hint="see `labo templates list`")
        return found


def _read_folder(
    folder: Traversable, is_bundled: bool, now: datetime
) -> tuple[list[tuple[RegisteredTemplate, _Origin]], list[TemplateMigration]]:
    paths = list(find_files(folder))
    if not paths and not folder.joinpath(SET_FILE).is_file():
        return [], []
    trust = read_trust(folder, now)
    if different := sorted(set(paths) ^ set(trust.files.files)):
        raise not_of_the_set(different)
    templates: list[tuple[RegisteredTemplate, _Origin]] = []
    migrations: list[TemplateMigration] = []
    for path in paths:
        signed = read_signed(folder, path, trust)
        if PurePosixPath(path).name == MIGRATION_FILE:
            migrations += [_migration(signed)] if not signed.fault else []
        else:
            registered = _registered(signed, trust, is_bundled)
            templates.append((registered, _Origin(folder, path)))
    return templates, migrations


def _registered(signed: SignedFile, trust: Trust, is_bundled: bool) -> RegisteredTemplate:
    kind = TemplateKind(PurePosixPath(signed.path).parts[0])
    content = template_of(kind, signed.content, signed.path)
    check_template_path(signed.path, kind, content.id, content.version)
    return RegisteredTemplate(
        kind=kind,
        content=content,
        digest=signed.digest,
        signed_by=signed.signed_by,
        set_revision=trust.files.revision,
        is_bundled=is_bundled,
        fault=signed.fault,
    )


def _migration(signed: SignedFile) -> TemplateMigration:
    migration = migration_of(signed.content, signed.path)
    check_migration_path(signed.path, migration)
    return migration


def check_template_path(path: str, kind: TemplateKind, name: str, version: int) -> None:
    """Raise InvalidInput where a template lies in another's place."""
    _check_path(path, f"{kind.value}/{name}/v{version}/{TEMPLATE_FILE}")


def check_migration_path(path: str, migration: TemplateMigration) -> None:
    """Raise InvalidInput unless it lies beside the version that it leads to."""
    after = f"{migration.template}/v{migration.before + 1}"
    _check_path(path, f"{TemplateKind.ACTION.value}/{after}/{MIGRATION_FILE}")


def _check_path(path: str, expected: str) -> None:
    if path != expected:
        raise InvalidInput(f"the file's place must be {expected}", where=path)


def _check_unique(templates: Sequence[RegisteredTemplate]) -> None:
    """A name is of one kind, and a version is in one folder: neither can replace another."""
    kinds: dict[str, TemplateKind] = {}
    seen: set[str] = set()
    for one in templates:
        if one.key in seen:
            raise InvalidInput(
                "this version is there twice", where=one.key, hint="use the next version"
            )
        if kinds.setdefault(one.name, one.kind) is not one.kind:
            raise InvalidInput("an action and an agent have the same name", where=one.name)
        seen.add(one.key)


def _check_migrations(
    migrations: Sequence[TemplateMigration], templates: Sequence[RegisteredTemplate]
) -> None:
    actions = {one.key: one.content for one in templates if isinstance(one.content, Template)}
    for migration in migrations:
        check_fits(migration, actions)
