"""The product's own parts under a clock that a test moves: from OTLP to the incidents shown.

Only the clock is simulated. What the stream process and the workers do in turns of seconds is done
here once each `TICK_S`, one after the other, with the same stores, services and jobs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.live.faults import Kind
from benchmarks.live.moments import Incident, Look, Moment, moments
from benchmarks.live.scores import Score, Times, score
from benchmarks.live.shapes import Shape
from benchmarks.live.stack import INCIDENTS
from labo.adapters.telemetry.stream import OTLP_KEY, OtlpEntry, StreamReader, StreamSink
from labo.bootstrap import App, Services
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event
from labo.services.ingest.detection import DetectionPace, DetectionService
from labo.services.ingest.events import Accepted, EventService
from labo.services.ingest.group_commit import Waiting
from labo.services.ingest.silence import SilenceService
from tests.builders.simulated_application import SimulatedApplication
from workers.stream.consumers import OtlpConsumer
from workers.stream.outbox import forward_once
from workers.task import do_job

TICK_S = 10.0
"""The store's finest step: between two of its ends detection has nothing new to judge."""
END_SILENT_EVERY_S = 30.0
"""As the schedule has it."""
WINDOW_S = 300.0
"""For how long after the first right answer the answers shown are scored."""

_JOBS = """
MATCH (j:Job {workspace: $workspace}) WHERE j.parked_at IS NULL
RETURN j.kind AS kind, j.subject AS subject,
       CASE WHEN j.turn IS NULL AND j.sent_at IS NULL
            THEN duration.inSeconds(datetime(), j.due_at).seconds ELSE 0 END AS wait_s
ORDER BY j.created_at
"""

Ask = Callable[..., Awaitable[dict[str, Any]]]
"""The data of a GraphQL query (text) with its variables (keywords)."""


class _EventsAt(EventService):
    """Takes events in as received at a time that is given, not at the machine's."""

    def __init__(self, app: App, workspace: str, now: Callable[[], datetime]) -> None:
        super().__init__(workspace, app.group_commit)
        self._app, self._of, self._now = app, workspace, now

    async def accept(self, events: Sequence[Event]) -> Accepted:
        waiting = [
            Waiting(self._of, event, self._now() + timedelta(microseconds=position))
            for position, event in enumerate(events)
        ]
        new = await self._app.group_commit.submit(waiting) if waiting else []
        return Accepted(sum(new), len(new) - sum(new))


@dataclass(frozen=True, slots=True)
class Fault:
    """One that was injected into a component of `shape`."""

    shape: Shape
    kind: Kind
    component: str
    times: Times

    @property
    def accepted(self) -> frozenset[str]:
        """The right answers."""
        return self.shape.accepted(self.kind, self.component)


@dataclass(slots=True)
class SimulatedTime:
    """`now` is in epoch seconds. `app` needs a Valkey of its own, since nobody else may consume its
    streams or its jobs; `looks` are by system, one a tick."""

    app: App
    workspace: str
    applications: Sequence[SimulatedApplication]
    ask: Ask
    now: float
    looks: dict[str, list[Look]] = field(default_factory=dict)
    injected: list[Fault] = field(default_factory=list)
    _due: dict[tuple[str, str], float] = field(default_factory=dict)
    _consumer: OtlpConsumer = field(init=False)
    _detection: DetectionService = field(init=False)
    _silence: SilenceService = field(init=False)

    def __post_init__(self) -> None:
        app = self.app
        events = _EventsAt(app, self.workspace, self._moment)
        app._services[self.workspace] = replace(app.workspace(self.workspace), events=events)
        self._consumer = OtlpConsumer(app.telemetry, system="default", forwards_to_graph=True)
        self._detection = DetectionService(app.recent_telemetry, app.accept, DetectionPace())
        self._silence = SilenceService(app.graph, app.recent_telemetry, app.accept)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass, in whole ticks."""
        until = self.now + seconds
        while self.now < until:
            await self._tick()

    async def faults(
        self, *broken: tuple[SimulatedApplication, Kind, str], seconds: float
    ) -> list[Fault]:
        """Break these components, each of another application, together for so long."""
        began = self.now
        for application, kind, component in broken:
            application.inject(kind, component)
        await self.advance(seconds)
        for application, _, component in broken:
            application.withdraw(component)
        injected = [
            Fault(application.shape, kind, component, Times(began, self.now))
            for application, kind, component in broken
        ]
        self.injected += injected
        return injected

    def shown(self, fault: Fault) -> tuple[Moment, ...]:
        """What a person was shown for it at each look, until the next fault in its system."""
        began = fault.times.began
        return moments(self._looks(fault), self._before(fault), began, fault.accepted)

    def score(self, fault: Fault) -> Score:
        """As the live bench scores it, of the same looks."""
        looks, before = self._looks(fault), self._before(fault)
        return score(self.shown(fault), looks, before, fault.times, WINDOW_S)

    def incident(self, fault: Fault) -> str:
        """The key of the incident that was shown first for it. Raises StopIteration."""
        return next(one.incident for one in self.shown(fault) if one.incident)

    def resolved_s(self, fault: Fault) -> float | None:
        """Seconds from its end until that incident was over and stayed so, whatever came later."""
        key, resolved = self.incident(fault), None
        for look in self.looks[fault.shape.system]:
            is_over = any(one.is_over for one in look.incidents if one.key == key)
            if look.at >= fault.times.ended and is_over:
                resolved = look.at if resolved is None else resolved
            else:
                resolved = None
        return None if resolved is None else resolved - fault.times.ended

    def _looks(self, fault: Fault) -> list[Look]:
        began, system = fault.times.began, fault.shape.system
        later = [
            one.times.began
            for one in self.injected
            if one.shape.system == system and one.times.began > began
        ]
        until = min(later, default=self.now)
        return [look for look in self.looks[system] if began < look.at <= until]

    def _before(self, fault: Fault) -> Look:
        earlier = [one for one in self.looks[fault.shape.system] if one.at <= fault.times.began]
        return earlier[-1] if earlier else Look(fault.times.began, ())

    async def _tick(self) -> None:
        self.now += TICK_S
        for application in self.applications:
            await self._store(application.advance(self.now))
        await forward_once(self.app)
        await self._work()
        await self._detection.detect(self._moment())
        await self._work()
        if self.now % END_SILENT_EVERY_S == 0:
            await self._silence.end_silent(self._moment())
            await self._work()
        for application in self.applications:
            system = application.shape.system
            data = await self.ask(INCIDENTS, system=system)
            found = tuple(Incident.from_node(node) for node in data["incidents"]["nodes"])
            self.looks.setdefault(system, []).append(Look(self.now, found))

    async def _store(self, requests: dict[str, bytes]) -> None:
        """By the stream, as the intake and the stream process do it."""
        sink, reader = StreamSink(self.app.redis), StreamReader(self.app.redis, "one", OTLP_KEY)
        await reader.prepare()
        for signal, body in requests.items():
            name = digest("otlp", signal, body.hex())
            entry = OtlpEntry(self.workspace, signal, "", self.now, name, body)
            await sink.append_otlp(entry)
        await self._consumer.save(reader, await reader.read(count=len(requests), block_ms=100))

    async def _work(self) -> None:
        """Do every job that is due, as a worker does, and what follows from it."""
        while due := [job for job in await self._jobs() if self._due[job] <= self.now]:
            for kind, subject in due:
                del self._due[kind, subject]
                await do_job(self.app, kind, self.workspace, subject, self._use(kind, subject))

    async def _jobs(self) -> list[tuple[str, str]]:
        """Those in the outbox, oldest first; a wait that was asked for is of simulated time."""
        async with self.app.graph._driver.session() as session:
            rows = await (await session.run(_JOBS, workspace=self.workspace)).data()
        for row in rows:
            self._due.setdefault((row["kind"], row["subject"]), self.now + row["wait_s"])
        return [(row["kind"], row["subject"]) for row in rows]

    def _use(self, kind: str, subject: str) -> Callable[[Services], Awaitable[object]]:
        """What the task of this kind does. Raises KeyError for one that no sequence needs yet."""
        at = self._moment()

        async def diagnose(labo: Services) -> None:
            await labo.diagnosis.diagnose(subject, as_of=at)
            await labo.causal_traces.note(subject)

        async def learn(labo: Services) -> None:
            if await labo.endings.finish(subject):
                await labo.solutions.feedback.learn(subject)

        uses: dict[str, Callable[[Services], Awaitable[object]]] = {
            JobKind.LINK_EVENTS: lambda labo: labo.linking.link(subject),
            JobKind.DIAGNOSE: diagnose,
            JobKind.REDIAGNOSE: lambda labo: labo.diagnosis.rediagnose(subject),
            JobKind.ESCALATE: lambda labo: labo.escalation.escalate(subject),
            JobKind.CHECK_DEADLINE: lambda labo: labo.deadlines.check(subject),
            JobKind.EXECUTE: lambda labo: labo.executions.run(subject),
            JobKind.VERIFY: lambda labo: labo.endings.verify(subject),
            JobKind.WRITE_REPORT: lambda labo: labo.reports.write(subject),
            JobKind.LEARN_FROM_RESOLVED: learn,
            JobKind.NOTIFY: lambda labo: labo.notifications.notify(subject),
            JobKind.COUNT_EVIDENCE: lambda labo: labo.evidence.count(subject, as_of=at),
            JobKind.REVIEW_EDGES: lambda labo: labo.edges.review(),
            JobKind.REFRESH_METRIC_SET: lambda labo: labo.metric_sets.refresh(subject),
        }
        return uses[kind]

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)
