"""Runs one sequence on one stack: traffic, faults in their order, and a look every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from benchmarks.live.application import Receiver
from benchmarks.live.faults import Kind
from benchmarks.live.largest_deviation import largest_deviation
from benchmarks.live.moments import Incident, Look, Moment, moments
from benchmarks.live.pace import Pace
from benchmarks.live.results import SequenceResult, StepResult
from benchmarks.live.scores import Times, false_incidents, open_at_end, score
from benchmarks.live.sequences import Label, Round, Sequence, Step
from benchmarks.live.shapes import Shape
from benchmarks.live.stack import Stack, a_stack
from benchmarks.live.subjects import Subject, subjects_of
from labo.children import python_module
from labo.stack.processes import spawn, stop

Report = Callable[[str], None]
VOLUME_S = 86_400
"""Longer than any sequence takes."""


class SequenceRun:
    """One sequence on a stack that is ready. Progress goes to `report`, a line each."""

    def __init__(self, stack: Stack, subjects: list[Subject], pace: Pace, report: Report) -> None:
        self._stack, self._subjects, self._pace, self._report = stack, subjects, pace, report
        self._client = httpx.AsyncClient(timeout=20)
        self._steps: list[StepResult] = []

    async def run(self, sequence: Sequence) -> SequenceResult:
        """All its rounds; then how large the graph is. Cancelled, it ends in order with the steps
        that are complete."""
        began, is_complete = time.time(), False
        async with self._client, asyncio.TaskGroup() as group:
            running = [group.create_task(self._watch(one)) for one in self._subjects]
            running += [group.create_task(one.application.traffic.run()) for one in self._subjects]
            with contextlib.suppress(asyncio.CancelledError):
                await self._rounds(sequence)
                is_complete = True
            for task in running:
                task.cancel()
        false = [
            title for one in self._subjects for title in false_incidents(one.looks, one.normal)
        ]
        return SequenceResult(
            sequence.name,
            tuple(one.shape.name for one in self._subjects),
            began,
            time.time(),
            tuple(self._at_end(step) for step in sorted(self._steps, key=lambda s: s.number)),
            sum(end - begin for one in self._subjects for begin, end in one.normal),
            tuple(false),
            await asyncio.to_thread(self._stack.sizes),
            os.getloadavg()[1],
            sum(one.missed for one in self._subjects),
            is_complete,
        )

    async def _rounds(self, sequence: Sequence) -> None:
        if not sequence.starts_broken:
            await self._normal(self._pace.warm_up_s, "normal time first")
        number = 1
        for place, one in enumerate(sequence.rounds):
            if place:
                await self._gap(one)
            await asyncio.gather(
                *(
                    self._step(sequence, step, number + after)
                    for after, step in enumerate(one.steps)
                )
            )
            number += len(one.steps)

    def _at_end(self, step: StepResult) -> StepResult:
        """With how many of its incidents are still open."""
        [subject] = [one for one in self._subjects if one.shape.name == step.app]
        began = step.times.began
        until = began + max((one.at_s for one in step.moments), default=0.0)
        before = subject.last_before(began)
        return replace(step, open_at_end=open_at_end(subject.since(began), before, began, until))

    async def _watch(self, subject: Subject) -> None:
        while True:
            try:
                nodes = await self._stack.incidents(self._client, subject.shape.system)
            except (httpx.HTTPError, ValueError) as error:
                subject.missed += 1
                self._report(f"a look without an answer: {error}")
            else:
                found = tuple(Incident.from_node(node) for node in nodes)
                subject.looks.append(Look(time.time(), found))
            await asyncio.sleep(self._pace.poll_s)

    async def _normal(self, seconds: float, why: str) -> None:
        self._report(f"{why}: {seconds:.0f} s")
        began = time.time()
        await asyncio.sleep(seconds)
        for subject in self._subjects:
            subject.normal.append((began, time.time()))

    async def _gap(self, one: Round) -> None:
        seconds = one.minutes * 60 * self._pace.gap_scale
        if not one.deploys:
            await self._normal(seconds, "a gap")
            return
        subject = self._subjects[0]
        await self._normal(seconds / 2, "a gap")
        component = getattr(subject.shape, one.deploys)
        self._report(f"deploy of {component}")
        await subject.application.deploy(component)
        await self._normal(seconds / 2, "a gap")

    async def _step(self, sequence: Sequence, step: Step, number: int) -> None:
        subject = self._subjects[step.app]
        shape, component = subject.shape, subject.shape.target(step.spot, step.kind)
        accepted = shape.accepted(step.kind, component)
        self._report(f"fault {number}: {step.kind} in {component} of {shape.name}")
        is_start = sequence.starts_broken and number == 1
        began = time.time()
        before = subject.last_before(began)
        await subject.application.inject(step.kind, component)
        await asyncio.sleep(self._pace.warm_up_s if is_start else self._pace.fault_s * step.length)
        await subject.application.withdraw(step.kind, component)
        times = Times(began, time.time())
        await self._until_settled(subject, before, times, accepted)
        looks = subject.since(began)
        seen = moments(looks, before, began, accepted)
        result = StepResult(
            app=shape.name,
            number=number,
            kind=step.kind.value,
            component=component,
            accepted=tuple(sorted(accepted)),
            after_labels=step.after_labels,
            confirmed=await self._confirm(
                subject, seen, self._labelled(step, shape, accepted), step.confirms
            ),
            times=times,
            control=await largest_deviation(self._stack.data, shape.system, began),
            score=score(seen, looks, before, times, self._pace.watch_s),
            moments=seen,
            sequence=sequence.name,
            on_empty=number == 1 and not sequence.prepares,
            expects_answer=isinstance(step.kind, Kind) and not is_start,
        )
        self._report(_line(result))
        self._steps.append(result)

    async def _until_settled(
        self, subject: Subject, before: Look, times: Times, accepted: frozenset[str]
    ) -> None:
        """Until its incidents are over or the time for that is, and the window is watched."""
        while True:
            looks = subject.since(times.began)
            seen = moments(looks, before, times.began, accepted)
            found = score(seen, looks, before, times, self._pace.watch_s)
            waited = time.time() - times.ended
            has_ended = found.resolved_s is not None or waited >= self._pace.settle_s
            watched = found.right_s is None or (
                time.time() - times.began >= found.right_s + self._pace.watch_s
            )
            if has_ended and watched:
                return
            await asyncio.sleep(self._pace.poll_s)

    @staticmethod
    def _labelled(step: Step, shape: Shape, accepted: frozenset[str]) -> str:
        """The component that a person will confirm; empty where nobody does."""
        if step.confirms in (Label.WRONG, Label.TAKEN_BACK):
            return shape.components[0].name
        return min(accepted) if step.confirms else ""

    async def _confirm(
        self, subject: Subject, seen: tuple[Moment, ...], component: str, label: Label | None
    ) -> bool:
        """Confirm it on the incident that is shown, and perhaps take it back; False without an
        incident, or without a component."""
        incident = next((one.incident for one in reversed(seen) if one.incident), "")
        if not (incident and component):
            return False
        key = f"{subject.shape.system}/{component}"
        try:
            await self._stack.confirm(self._client, incident, key, "seen by the team on call")
            self._report(f"confirmed {component}")
            if label is Label.TAKEN_BACK:
                await asyncio.sleep(self._pace.taken_back_s)
                await self._stack.withdraw(self._client, incident, "it was another one")
                self._report("took it back")
        except (httpx.HTTPError, ValueError) as error:
            self._report(f"not confirmed: {error}")
            return False
        return True


def _line(result: StepResult) -> str:
    found = result.score
    right = "no answer expected"
    if result.expects_answer:
        first = "never right" if found.right_s is None else f"right after {found.right_s:.0f} s"
        right = f"{first}, {found.right_share:.0%} of the window"
    return (
        f"fault {result.number}: {right}; "
        f"{found.flips} flips, sure and wrong {found.wrong_share:.0%}; "
        f"{found.incidents} incidents ({found.joined} older); shown: {found.answer or 'nothing'}"
    )


@dataclass(frozen=True, slots=True)
class Setup:
    """How a sequence is run: in `folder`, which must be empty; with `has_volume` beside the
    engine's streaming system in normal operation, about 200 spans a second."""

    folder: Path
    pace: Pace
    report: Report
    has_volume: bool = False


def run_sequence(sequence: Sequence, shapes: list[Shape], setup: Setup) -> SequenceResult:
    """On a stack of its own. All that it starts ends with it."""
    setup.report("starting a stack")
    with a_stack(setup.folder / "stack", setup.pace.settings) as stack, ExitStack() as held:
        for words in sequence.prepares:
            setup.report(f"labo {' '.join(words)}")
            stack.labo(*words)
        token = stack.labo("token", "create", "bench", "--scope", "ingest").split()[-1]
        receiver = Receiver(stack.url, token)
        if setup.has_volume:
            held.enter_context(volume(receiver, setup.folder / "volume.log"))
        subjects = held.enter_context(subjects_of(shapes, setup.folder, receiver))
        return asyncio.run(_start_and_run(sequence, stack, subjects, setup))


@contextlib.contextmanager
def volume(receiver: Receiver, log: Path) -> Iterator[None]:
    """The engine's sender with its bundled system, until the block is left."""
    words = ("run", "streaming", "--speed", "real", "--seconds", str(VOLUME_S), "--quiet")
    where = ("--endpoint", receiver.url, "--header", f"Authorization=Bearer {receiver.token}")
    process = spawn(python_module("engine", *words, *where), log=log)
    try:
        yield
    finally:
        stop(process, timeout_s=3)


async def _start_and_run(
    sequence: Sequence, stack: Stack, subjects: list[Subject], setup: Setup
) -> SequenceResult:
    for subject in subjects:
        setup.report(f"starting {subject.shape.name}")
        await subject.application.start()
    return await SequenceRun(stack, subjects, setup.pace, setup.report).run(sequence)
