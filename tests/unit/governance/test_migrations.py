"""Stored parameters of an old template version become those of a newer one, or are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from labo.adapters.templates.registry import SignedRegistry
from labo.domain.escalation.action_templates import Template
from labo.domain.escalation.stored_parameters import migrate_parameters
from labo.domain.governance.migrations import (
    MOST_STEPS,
    Step,
    StepKind,
    TemplateMigration,
    chain,
    check_migration,
    migrate,
)
from labo.errors import Forbidden, InvalidInput, NotFound
from tests.builders.templates import (
    NUDGE,
    NUDGE_2,
    TO_NUDGE_2,
    put,
    put_migration,
    sign,
)

NUDGE_3: dict[str, object] = {
    **NUDGE_2,
    "version": 3,
    "command": ["nudge", "{force}", "{times}"],
    "parameters": [
        {"name": "force", "type": "choice", "choices": ["soft", "hard"]},
        {"name": "times", "type": "integer", "minimum": 1, "maximum": 3},
    ],
}
TO_NUDGE_3: dict[str, object] = {
    "template": "nudge",
    "before": 2,
    "steps": [{"kind": "default", "parameter": "times", "value": 1}],
}


def nudges(folder: Path, *migrations: dict[str, object]) -> SignedRegistry:
    """Three versions of a template, and migrations between them."""
    for content in (NUDGE, NUDGE_2, NUDGE_3):
        put(folder, content)
    for content in migrations:
        put_migration(folder, content)
    sign(folder)
    return SignedRegistry.open(folder, bundled=False)


def migrated(
    registry: SignedRegistry, parameters: dict[str, object], end: int
) -> dict[str, object]:
    actions = {one.key: one.content for one in registry.templates}
    return dict(
        migrate_parameters(
            {key: one for key, one in actions.items() if isinstance(one, Template)},
            registry.migrations,
            parameters,  # type: ignore[arg-type]
            template="nudge",
            start=1,
            end=end,
        )
    )


def test_each_kind_of_step_does_one_thing() -> None:
    """Rename, default, drop and map, in the order in which they stand."""
    migration = TemplateMigration(
        "t",
        1,
        (
            Step(StepKind.RENAME, "a", to="b"),
            Step(StepKind.DROP, "gone"),
            Step(StepKind.DEFAULT, "new", value=7),
            Step(StepKind.MAP, "b", values={"true": "yes", "1": "one"}),
        ),
    )

    assert migrate(migration, {"a": True, "gone": 1}) == {"b": "yes", "new": 7}
    assert migrate(migration, {"a": 1, "gone": 1}) == {"b": "one", "new": 7}
    assert migrate(migration, {"a": "other", "gone": 1}) == {"b": "other", "new": 7}


def test_a_stored_parameter_set_goes_through_the_chain(tmp_path: Path) -> None:
    """An automation that was written for version 1 runs with version 3."""
    registry = nudges(tmp_path, TO_NUDGE_2, TO_NUDGE_3)

    assert migrated(registry, {"hard": True}, 2) == {"force": "hard"}
    assert migrated(registry, {"hard": False}, 3) == {"force": "soft", "times": 1}
    assert migrated(registry, {"hard": False}, 1) == {"hard": False}


def test_a_missing_step_of_the_chain_is_named(tmp_path: Path) -> None:
    """Nothing is guessed in between."""
    registry = nudges(tmp_path, TO_NUDGE_3)

    with pytest.raises(NotFound, match="from version 1 to 2"):
        migrated(registry, {"hard": True}, 3)


def test_there_is_no_way_back(tmp_path: Path) -> None:
    """A newer parameter set may say what the old version can't."""
    with pytest.raises(InvalidInput, match="forwards only"):
        chain(nudges(tmp_path, TO_NUDGE_2).migrations, "nudge", 2, 1)


def test_what_the_old_version_never_allowed_is_not_migrated(tmp_path: Path) -> None:
    """A stored set may have been tampered with."""
    with pytest.raises(InvalidInput, match="hard"):
        migrated(nudges(tmp_path, TO_NUDGE_2), {"hard": "rm -rf"}, 2)


def test_the_bundled_restart_is_migrated() -> None:
    """Version 2 lets an instance finish its requests; what was stored gets the usual time."""
    bundled = SignedRegistry.open()
    actions = {
        one.key: one.content for one in bundled.templates if isinstance(one.content, Template)
    }
    stored = {"component": "checkout", "strategy": "rolling"}

    assert migrate_parameters(
        actions, bundled.migrations, stored, template="restart_service", start=1, end=2
    ) == {"component": "checkout", "strategy": "rolling", "drain_s": 10}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "1 to 50 steps"),
        ([{"kind": "drop", "parameter": "hard"}], "loses the required parameters force"),
        ([{"kind": "map", "parameter": "hard", "values": {}}], "loses the required"),
        (
            [{"kind": "default", "parameter": "force", "value": "soft"}],
            "leaves parameters that the new version has not: hard",
        ),
        ([{"kind": "rename", "parameter": "soft", "to": "force"}], "not there"),
        ([{"kind": "rename", "parameter": "hard"}], "can't make ''"),
        ([{"kind": "default", "parameter": "hard", "value": 1}], "can't make 'hard'"),
        ([{"kind": "rename", "parameter": "hard", "to": "force"}], "force: True is not allowed"),
        (
            [
                {"kind": "drop", "parameter": "hard"},
                {"kind": "default", "parameter": "force", "value": "mad"},
            ],
            "force: 'mad' is not allowed",
        ),
        (
            [
                {"kind": "drop", "parameter": "hard"},
                {"kind": "default", "parameter": "force"},
            ],
            "has no value",
        ),
        ([{"kind": "run", "parameter": "hard"}], "kind"),
        ([{"kind": "drop", "parameter": "hard", "code": "x"}], "unknown field"),
    ],
)
def test_a_migration_that_does_not_fit_is_refused(
    tmp_path: Path, steps: list[object], message: str
) -> None:
    """When it is read, before any parameters are."""
    with pytest.raises(InvalidInput, match=message):
        nudges(tmp_path, {**TO_NUDGE_2, "steps": steps})


def test_a_migration_has_an_end() -> None:
    """So does what it costs to check and to run it."""
    steps = tuple(Step(StepKind.MAP, "a") for _ in range(MOST_STEPS + 1))

    with pytest.raises(InvalidInput, match="steps"):
        check_migration(TemplateMigration("t", 1, steps), ["a"], ["a"])


def test_a_migration_leads_to_a_version_that_exists(tmp_path: Path) -> None:
    """From one that exists."""
    with pytest.raises(InvalidInput, match="no such action template"):
        nudges(tmp_path, {**TO_NUDGE_3, "before": 3})


def test_an_unsigned_migration_is_refused(tmp_path: Path) -> None:
    """It decides on what is executed as a template does."""
    nudges(tmp_path, TO_NUDGE_2)
    path = tmp_path / "action/nudge/v2/migration.json"
    path.write_text(path.read_text().replace('"soft"', '"hard"'))

    with pytest.raises(Forbidden, match="changed after it was signed"):
        SignedRegistry.open(tmp_path, bundled=False)
