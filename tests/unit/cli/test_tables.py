"""Tables on a narrow terminal."""

from __future__ import annotations

import pytest

from labo.cli import output

COLUMNS = ("key", "status", "opened", "title")
ROW = ("53ba6049", "resolved", "2026-11-30 14:00", "payments is failing (seen at storefront)")


def shown(monkeypatch: pytest.MonkeyPatch, width: int) -> list[str]:
    """The lines of a table on a terminal of that width."""
    console = output._console(width=width)
    monkeypatch.setattr(console, "_force_terminal", True)
    monkeypatch.setattr(output, "console", console)
    with console.capture() as captured:
        output.print_table(COLUMNS, [ROW], whole=COLUMNS[:3], dispensable=("opened", "status"))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (80, ["key", "status", "opened", "title"]),
        (56, ["key", "status", "opened", "title"]),
        (55, ["key", "status", "title"]),
        (37, ["key", "title"]),
    ],
)
def test_columns_are_left_out_where_the_others_would_have_no_room(
    monkeypatch: pytest.MonkeyPatch, width: int, columns: list[str]
) -> None:
    """In the order given, each only when it must be."""
    header, *_ = shown(monkeypatch, width)

    assert [word for word in COLUMNS if word in header] == columns


def test_what_is_long_goes_on_in_the_next_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between words; what is to be whole is not broken."""
    _, *lines = shown(monkeypatch, 55)

    assert lines == [
        "53ba6049  resolved  payments is failing (seen at",
        "                    storefront)",
    ]
