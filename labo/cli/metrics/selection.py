"""The most informative metrics, for a person and as JSON (docs/exchange-formats.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from labo.cli.connection import ask_services, connected_settings
from labo.cli.output import console, print_table

if TYPE_CHECKING:
    from labo.services.metric_sets.selection import Collected


def rank_online(share: float, data: Path | None) -> list[Collected]:
    """The running stack's answer. Raises InvalidInput, Unavailable."""
    return ask_services(
        connected_settings(data),
        lambda labo: labo.metric_selection.most_informative(share),
    )


def ranking_record(found: Sequence[Collected]) -> dict[str, object]:
    """The exchange form; `metrics` is what `labo diagnose --metrics-only` reads."""
    return {
        "metrics": [name for one in found for name in one.names],
        "ranking": [
            {
                "rank": rank,
                "role": one.metric.role,
                "metric": one.metric.metric,
                "names": list(one.names),
                "share": round(one.metric.share, 6),
                "needs": one.needs,
            }
            for rank, one in enumerate(found, 1)
        ],
    }


def print_ranking(found: Sequence[Collected]) -> None:
    """Print a line a metric; one with several names on its role takes a line for each."""
    if not found:
        console.print("None: so small a share of the metrics is less than one metric.")
        return
    print_table(("rank", "role", "metric", "share of information"), _rows(found))
    for needed in sorted({one.needs for one in found if one.needs}):
        names = sorted({one.metric.metric for one in found if one.needs == needed})
        console.print(
            f"{needed.capitalize()} are needed for {', '.join(names)}: "
            "they are not metrics that can be scraped.",
            soft_wrap=True,
        )


def _rows(found: Sequence[Collected]) -> Iterator[tuple[object, ...]]:
    for rank, one in enumerate(found, 1):
        for position, name in enumerate(one.names):
            metric = name.removeprefix(f"{one.metric.role}:")
            share = f"{one.metric.share:.1%}"
            first = (rank, one.metric.role, metric, share)
            yield first if position == 0 else (None, one.metric.role, metric, None)
