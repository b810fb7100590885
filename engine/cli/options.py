"""The options of `python -m engine run`, and how they are parsed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

RUN_HELP = """Run a system for some simulated time.

Examples:

  python -m engine run streaming --seconds 600

  python -m engine run streaming --fault latency:catalogue:onset=300,intensity=20
  --case-folder case --truth truth.json

  python -m engine run shop.yaml --speed real --endpoint http://127.0.0.1:8080
  --header "Authorization=Bearer TOKEN"
"""


class Speed(StrEnum):
    """How long a simulated second lasts."""

    REAL = "real"
    MAX = "max"


SystemName = Annotated[
    str,
    typer.Argument(
        metavar="SYSTEM",
        help="A YAML file, a bundled system (streaming), or random-COMPONENTS-SEED.",
    ),
]
Seed = Annotated[int, typer.Option(help="The same seed gives the same records.")]
Seconds = Annotated[float, typer.Option(min=1.0, help="Simulated seconds.")]
Faults = Annotated[
    list[str] | None,
    typer.Option(help="KIND:COMPONENT[:key=value,…], keys onset, duration, ramp, intensity …"),
]
Endpoint = Annotated[
    str | None, typer.Option(help="OTLP/HTTP address without a path, as of a collector.")
]
Headers = Annotated[
    list[str] | None, typer.Option(help="K=V, sent with requests: Authorization=Bearer TOKEN.")
]
SpeedName = Annotated[Speed, typer.Option(help="real: as time passes; max: at once.")]
Epoch = Annotated[
    str | None,
    typer.Option(help="The run's start in ISO 8601; by default now, or so that it ends now."),
]
Interval = Annotated[float, typer.Option(min=0.1, help="Seconds between samples.")]
CaseFolder = Annotated[
    Path | None, typer.Option(help="Write the run as a case folder, without the truth.")
]
Truth = Annotated[
    Path | None, typer.Option(help="Write the injected faults to this file, for scoring only.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Report on stdout as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]


def read_epoch(text: str | None, before_now: float) -> float:
    """Whole seconds since 1970: of the text, else `before_now` seconds ago."""
    if text is None:
        return float(int(time.time() - before_now))
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is not an ISO 8601 timestamp", param_hint="--epoch"
        ) from error
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def is_within(path: Path, folder: Path) -> bool:
    """Whether the path is in the folder, which need not exist yet."""
    return path.resolve().is_relative_to(folder.resolve())


def read_headers(texts: Sequence[str]) -> dict[str, str]:
    """K=V by name; the value may contain further equals signs."""
    headers = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"{name!r} has no value; write K=V", param_hint="--header")
        headers[name.strip()] = value.strip()
    return headers
