"""Whose graph a restored one is."""

from __future__ import annotations

import pytest

from graph.migrate import AppliedMigration, available, level
from labo.errors import Conflict

OURS = [AppliedMigration(each.version, each.checksum) for each in available()]


@pytest.mark.parametrize("count", [1, len(OURS)])
def test_the_level_is_the_last_migration_applied(count: int) -> None:
    """An older graph is taken: the next start migrates it."""
    assert level(OURS[:count]) == count


@pytest.mark.parametrize(
    ("applied", "reason"),
    [
        ([], "not made by Labo"),
        ([*OURS, AppliedMigration(99, "x")], "newer Labo: it has migration 99"),
        ([AppliedMigration(1, "x")], "migration 1 of this graph is not the one known here"),
    ],
)
def test_another_graph_is_refused(applied: list[AppliedMigration], reason: str) -> None:
    """Another product's, a newer version's, an altered one."""
    with pytest.raises(Conflict, match=reason):
        level(applied)
