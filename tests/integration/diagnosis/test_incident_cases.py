"""What a diagnosis takes for normal: the baseline, without the system's other incidents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from graph import incidents
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.series import Case, Series
from labo.domain.incidents.events import EventStatus
from labo.services.diagnosis.cases import IncidentCases
from labo.services.knowledge.imports import CaseService
from tests.builders.cases import ONSET
from tests.builders.events import an_alert
from tests.integration.diagnosis.test_diagnosis_service import ALERT_AT, SLOW_DB, a_slow_database
from tests.integration.linking.conftest import Bench, bench
from tests.integration.linking.test_linking import admit

__all__ = ["bench"]

pytestmark = pytest.mark.stack

BEFORE = timedelta(minutes=150)
LASTED = timedelta(minutes=40)


def a_slow_database_again() -> Case:
    """The same trouble as at `ONSET`, for `LASTED`, in what the second diagnosis compares with."""
    case = a_slow_database()
    start = ONSET - BEFORE.total_seconds()
    series = {}
    for key, one in case.series.items():
        then = (one.timestamps >= start) & (one.timestamps < start + LASTED.total_seconds())
        factor = SLOW_DB.get(key.component, 1.0)
        series[key] = Series(one.timestamps, np.where(then, one.values * factor, one.values))
    return replace(case, series=series)


async def diagnosed(bench: Bench, case: Case, *, system: str, earlier: bool) -> Analysis:
    """The newest incident's analysis; `earlier`: the first trouble was an incident, too."""
    await CaseService(bench.labo.graph, bench.app.telemetry).ingest(case, system=system)
    first = replace(an_alert("web", "WebSlow", system=system), starts_at=ALERT_AT - BEFORE)
    over = replace(
        an_alert("web", "WebSlow", EventStatus.RESOLVED, system=system),
        starts_at=first.starts_at,
        ends_at=datetime.fromtimestamp(ONSET, UTC) - BEFORE + LASTED,
    )
    if earlier:
        await admit(bench, first)
        await admit(bench, over)
    await admit(bench, replace(first, source_event_id=f"second-{system}", starts_at=ALERT_AT))
    newest, *others = await incidents.find_page(bench.labo.graph, limit=5, system=system)
    assert (newest.opened_at, len(others)) == (ALERT_AT, int(earlier))
    found = await bench.labo.diagnosis.diagnose(newest.id)
    assert found is not None
    return found.analysis


async def test_an_earlier_incident_does_not_hide_the_same_trouble(bench: Bench) -> None:
    """It is not normal to be in trouble: the second time is seen as clearly as the first. The same
    readings without a known incident are what happens there in the baseline period."""
    case = a_slow_database_again()
    known = await diagnosed(bench, case, system="shop", earlier=True)
    unknown = await diagnosed(bench, case, system="mall", earlier=False)

    assert (known.verdict, known.suspects[0].component) == (Verdict.LIKELY, "db")
    assert known.suspects[0].probability > 0.7
    assert unknown.verdict is Verdict.NO_PROBLEM


async def test_what_lasts_is_what_a_diagnosis_explains(bench: Bench) -> None:
    """The first symptom of an incident may be over while another one goes on."""
    await CaseService(bench.labo.graph, bench.app.telemetry).ingest(a_slow_database(), system="s")
    first = replace(an_alert("web", "WebSlow", system="s"), starts_at=ALERT_AT)
    lasting = replace(an_alert("db", "DbSlow", system="s"), starts_at=ALERT_AT)
    over = an_alert("web", "WebSlow", EventStatus.RESOLVED, system="s")
    for event in (first, lasting):
        await admit(bench, event)
    [incident] = await incidents.find_page(bench.labo.graph, limit=5, system="s")
    reader = IncidentCases(bench.labo.graph, bench.app.telemetry, 20.0)
    before = await reader.load(incident)
    await admit(bench, replace(over, starts_at=ALERT_AT, ends_at=ALERT_AT + timedelta(minutes=2)))
    after = await reader.load(incident)

    assert (before.case.target, after.case.target) == ("web", "db")
