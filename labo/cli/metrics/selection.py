"""The metrics that carry the diagnosis, for a person and as JSON (docs/exchange-formats.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from labo.cli.connection import ask_services, connected_settings
from labo.cli.output import console, print_table

if TYPE_CHECKING:
    from labo.services.metric_sets.selection import Collected


def online_telling(share: float, data: Path | None) -> list[Collected]:
    """The running stack's answer. Raises InvalidInput, Unavailable."""
    return ask_services(
        connected_settings(data),
        lambda labo: labo.telling.telling(share),
    )


def telling_record(found: Sequence[Collected]) -> dict[str, object]:
    """The exchange form; `metrics` is what `labo diagnose --metrics-only` reads."""
    return {
        "metrics": [name for one in found for name in one.names],
        "telling": [
            {
                "rank": rank,
                "role": one.telling.role,
                "metric": one.telling.metric,
                "names": list(one.names),
                "share": round(one.telling.share, 6),
                "needs": one.needs,
            }
            for rank, one in enumerate(found, 1)
        ],
    }


def print_telling(found: Sequence[Collected]) -> None:
    """Print a line a metric; one with several names on its role takes a line for each."""
    if not found:
        console.print("Not one: so small a share of the metrics is less than a single one.")
        return
    print_table(("rank", "role", "metric", "share of what tells"), _rows(found))
    for needed in sorted({one.needs for one in found if one.needs}):
        names = sorted({one.telling.metric for one in found if one.needs == needed})
        console.print(
            f"{needed.capitalize()} are needed for {', '.join(map(escape, names))}: "
            "they are no metrics that one could scrape.",
            soft_wrap=True,
        )


def _rows(found: Sequence[Collected]) -> Iterator[tuple[object, ...]]:
    for rank, one in enumerate(found, 1):
        for place, name in enumerate(one.names):
            metric = escape(name.removeprefix(f"{one.telling.role}:"))
            share = f"{one.telling.share:.1%}"
            first = (rank, escape(one.telling.role), metric, share)
            yield first if place == 0 else (None, escape(one.telling.role), metric, None)
