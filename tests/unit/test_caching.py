"""Nothing that is remembered of foreign texts grows with their length."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from labo.adapters.telemetry import series_ids
from labo.adapters.telemetry.series_ids import SeriesIds
from labo.domain.diagnosis.localisation.symptom import family
from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.entities.harm import harm
from labo.domain.entities.masking import secrecy
from labo.domain.telemetry.logs.components import component_name
from labo.domain.telemetry.logs.templates import mask, template
from labo.domain.telemetry.logs.timestamps import read_timestamp
from labo.domain.telemetry.spans.summary import names_of

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
_TEXTS, _LENGTH = 400, 100_000
"""40 MB."""


@pytest.mark.parametrize(
    "work",
    [
        component_name,
        lambda text: read_timestamp(text, NOW),
        secrecy,
        mask,
        template,
        harm,
        family,
        lambda text: condition_key("database", text, Direction.HIGH),
        lambda text: names_of("shop", text, "requests"),
    ],
    ids=["component", "time", "secrecy", "mask", "template", "harm", "family", "key", "names"],
)
def test_long_texts_are_not_remembered(work: Callable[[str], object]) -> None:
    """A sender could fill the memory of all workspaces with texts that never repeat."""
    tracemalloc.start()
    try:
        for number in range(_TEXTS):
            work(f"{number}" + "\U0001f600" * (_LENGTH // 4))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 2_000_000


def test_ids_of_series_are_forgotten_beyond_some_megabytes() -> None:
    """The database has them; those of the batch at hand stay."""
    ids: SeriesIds[tuple[str, str]] = SeriesIds()
    names = [("shop", f"{number}" + "x" * 1_000) for number in range(3_000)]
    for name in names:
        assert ids.missing("default", [name]) == [name]
        ids.learn("default", {name: 7})
        assert ids.of("default", name) == 7

    assert len(ids.missing("default", names)) > 1_000
    assert ids.missing("default", names[-1:]) == []
    assert ids.missing("other", names[-1:]) == names[-1:]


def test_ids_are_asked_for_in_parts() -> None:
    """As a statement takes so many parameters only."""
    assert [len(part) for part in series_ids.chunks([("a",)] * 400)] == [150, 150, 100]
