"""What resolving incidents costs over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labo.cli.memory.economy_plot import economy_svg, write_plot
from labo.domain.escalation.economy import IncidentCost, Period, economy
from labo.errors import InvalidInput

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def a_cost(
    day: int, level: str | None = "n2", *, calls: int = 1, tokens: int = 100
) -> IncidentCost:
    opened = MONDAY + timedelta(days=day)
    return IncidentCost(
        f"i{day}", opened, opened + timedelta(minutes=30), level, calls, tokens * calls, 2_000_000
    )


def test_quarters_are_parts_of_the_list_in_order_of_time() -> None:
    """Whatever the order in which they come."""
    costs = [a_cost(day, "n2" if day < 4 else "memory", calls=int(day < 4)) for day in range(8)]

    found = economy(reversed(costs), Period.QUARTER)

    assert [row.incidents for row in found.rows] == [2, 2, 2, 2]
    assert [row.without_model for row in found.rows] == [0, 0, 1, 1]
    assert [row.tokens for row in found.rows] == [100, 100, 0, 0]
    assert found.total is not None
    assert found.total.levels == {"memory": 0.5, "n2": 0.5}
    assert (found.total.minutes, found.total.cost_eur) == (30.0, 2.0)


def test_fewer_than_four_incidents_have_fewer_rows() -> None:
    """A quarter without an incident is left out."""
    assert [row.incidents for row in economy([a_cost(0)], Period.QUARTER).rows] == [1]


def test_weeks_begin_on_monday() -> None:
    """One without an incident has no row; a level that nobody knows is shown as it is called."""
    found = economy([a_cost(0), a_cost(6, None), a_cost(21, "n7")], Period.WEEK)

    assert [row.name for row in found.rows] == ["week of 2026-03-02", "week of 2026-03-23"]
    assert [dict(row.levels) for row in found.rows] == [{"n2": 0.5, "none": 0.5}, {"n7": 1.0}]


def test_the_picture_stacks_shares_and_escapes_names(tmp_path: Path) -> None:
    """An ending that can't be drawn is refused."""
    row = {"name": "<week>", "levels": {"memory": 0.5, "n2": 0.5}, "tokens": 10.0}

    picture = economy_svg([row])

    assert "&lt;week&gt;" in picture
    assert picture.count('fill="#16a34a"') == 2
    assert economy_svg([]).endswith("</svg>\n")
    with pytest.raises(InvalidInput, match="svg"):
        write_plot([row], tmp_path / "economy.png")
