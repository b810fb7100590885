"""The part of `labo doctor` that looks into the graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.client import Graph
from graph.edges import DivergingShortcut, Inconsistencies
from labo.cli.consistency import check_edges, verdict_on
from labo.stack.doctor import Verdict
from tests.conftest import TestStack

pytestmark = pytest.mark.stack


def test_a_clean_graph_is_said_to_be_clean(
    stack: TestStack, migrated: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the configured workspace."""
    del migrated
    for name, value in {**stack.env, "LABO_WORKSPACE": "spotless"}.items():
        monkeypatch.setenv(name, value)

    [check] = check_edges(tmp_path)

    assert check.verdict is Verdict.OK


def test_nothing_is_said_where_nobody_can_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That Neo4j is away is another check's finding."""
    monkeypatch.delenv("LABO_NEO4J__URI", raising=False)
    monkeypatch.setenv("LABO_DATA_DIR", str(tmp_path))

    assert check_edges(tmp_path) == []


def test_each_kind_of_trouble_names_its_edges() -> None:
    """And what to do about it."""
    check = verdict_on(
        Inconsistencies(
            (DivergingShortcut("e1", "validated 0.9", "proposed 0.9"),), ("e2",), ("e3",)
        )
    )

    assert check.verdict is Verdict.WARN
    assert [key in check.text for key in ("e1", "e2", "e3")] == [True, True, True]
    assert "confirmEdge" in check.hint
