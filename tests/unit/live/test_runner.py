"""The order in which a sequence does things, and what is left of one that is ended half-way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.live.application import Application, Receiver
from benchmarks.live.faults import CONTROLS, Disturbance, Kind
from benchmarks.live.pace import Pace
from benchmarks.live.results import SequenceResult
from benchmarks.live.runner import SequenceRun
from benchmarks.live.sequences import Label, Round, Sequence, Step
from benchmarks.live.shapes import EVERY, WEB
from benchmarks.live.stack import Sizes, Stack
from benchmarks.live.subjects import Subject

PACE = Pace(
    warm_up_s=0.05, fault_s=0.05, watch_s=0, settle_s=0.1, poll_s=0.01, taken_back_s=0, gap_scale=0
)
FAILING = Step(Kind.FAILING, "first")
INCIDENT: dict[str, Any] = {
    "key": "i1",
    "title": "slow",
    "status": "RESOLVED",
    "openedAt": "2100-01-01T00:00:00+00:00",
    "lastActivityAt": None,
    "mergedInto": None,
    "occurrences": [],
    "diagnosis": None,
}


@dataclass(frozen=True, slots=True)
class OneIncident(Stack):
    """It shows the same incident all the time, and takes every confirmation."""

    confirmed: list[str] = field(default_factory=list)

    async def incidents(self, client: httpx.AsyncClient, system: str) -> list[dict[str, Any]]:
        return [INCIDENT]

    async def confirm(
        self, client: httpx.AsyncClient, incident: str, component: str, reason: str
    ) -> None:
        self.confirmed.append(component)

    async def withdraw(self, client: httpx.AsyncClient, incident: str, reason: str) -> None:
        self.confirmed.append("taken back")

    def sizes(self) -> Sizes:
        return Sizes(problems=1, edges=0, loops=0, both_ways=0)


@pytest.fixture
def application(tmp_path: Path) -> Application:
    """Of three components, none of which runs."""
    (tmp_path / "shop").mkdir()
    return Application(WEB, tmp_path / "shop", Receiver("http://127.0.0.1:1", "token"))


@pytest.fixture
def stack(tmp_path: Path) -> OneIncident:
    return OneIncident(tmp_path, "http://127.0.0.1:1", "token")


async def run(
    stack: Stack, application: Application, sequence: Sequence, report: Callable[[str], None]
) -> SequenceResult:
    return await SequenceRun(stack, [Subject(application)], PACE, report).run(sequence)


async def test_a_sequence_that_is_cancelled_keeps_the_faults_that_are_complete(
    stack: OneIncident, application: Application
) -> None:
    """Here in the middle of its second fault; the graph is still counted."""

    def cancel(text: str) -> None:
        if text.startswith("fault 2"):
            running.cancel()

    sequence = Sequence("twice", "", (Round((FAILING,)), Round((FAILING,))))
    running = asyncio.create_task(run(stack, application, sequence, cancel))
    result = await running

    assert [step.number for step in result.steps] == [1]
    assert (result.is_complete, result.sizes.problems) == (False, 1)


async def test_what_starts_broken_has_no_normal_time_first_and_expects_no_answer_then(
    stack: OneIncident, application: Application
) -> None:
    """As nothing is known of how it was when well; the fault after it is one as any other."""
    lines: list[str] = []
    sequence = Sequence("broken", "", (Round((FAILING,)), Round((FAILING,))), starts_broken=True)
    result = await run(stack, application, sequence, lines.append)

    assert lines[0] == "fault 1: failing in payments of web"
    assert [step.expects_answer for step in result.steps] == [False, True]
    assert result.is_complete


async def test_a_disturbance_expects_no_answer(
    stack: OneIncident, application: Application
) -> None:
    """But is scored for sure and wrong ones, against where requests come in."""
    disturbed = Round((Step(Disturbance.LOAD_TEST, "entry"),))
    result = await run(stack, application, Sequence("load", "", (disturbed,)), lambda _: None)
    [step] = result.steps

    assert (step.kind, step.accepted, step.expects_answer) == (
        "load-test",
        ("storefront",),
        False,
    )


@pytest.mark.parametrize(
    ("label", "confirmed"),
    [
        (Label.TRUE, ["shop/payments"]),
        (Label.WRONG, ["shop/storefront"]),
        (Label.TAKEN_BACK, ["shop/storefront", "taken back"]),
        (None, []),
    ],
)
async def test_a_label_is_given_and_taken_back(
    stack: OneIncident, application: Application, label: Label | None, confirmed: list[str]
) -> None:
    """On the incident that is shown."""
    labelled = Round((Step(Kind.FAILING, "first", confirms=label),))
    result = await run(stack, application, Sequence("label", "", (labelled,)), lambda _: None)

    assert stack.confirmed == confirmed
    assert result.steps[0].confirmed == bool(confirmed)


async def test_what_happens_to_every_component_is_in_each_control_file(
    application: Application,
) -> None:
    """And is taken out of each."""
    kind = Disturbance.TELEMETRY_STOPS

    await application.inject(kind, EVERY)
    assert controls(application) == {one.name: CONTROLS[kind] for one in WEB.components}

    await application.withdraw(kind, EVERY)
    assert controls(application) == {one.name: {} for one in WEB.components}


def controls(application: Application) -> dict[str, object]:
    return {
        path.name.removesuffix(".control.json"): json.loads(path.read_text())
        for path in application.folder.glob("*.control.json")
    }
