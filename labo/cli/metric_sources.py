"""The part of `labo doctor` that asks the configured Prometheus."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from labo.bootstrap.choices import choose_metric_source
from labo.cli.connection import settings_of
from labo.errors import LaboError
from labo.stack.doctor import Check, Verdict

if TYPE_CHECKING:
    from pathlib import Path

NAME = "prometheus"


def check_metric_source(data: Path | None = None) -> list[Check]:
    """Whether it answers a query; none when no Prometheus is configured."""
    source = choose_metric_source(settings_of(data))
    if source is None:
        return []
    try:
        asyncio.run(source.check())
    except LaboError as error:
        hint = error.hint or "check LABO_PROMETHEUS__URL and that the server runs"
        return [Check(NAME, Verdict.FAIL, f"{error.where}: {error.message}", hint)]
    return [Check(NAME, Verdict.OK, f"answers; {len(source.queries)} queries are configured")]
