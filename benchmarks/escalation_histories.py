"""Random histories of an incident's escalation, with kills and repeated messages.

    python -m benchmarks.escalation_histories --data FOLDER [--count 1000] [--seed 1]

Each history is one incident on a running stack's Neo4j, in a workspace of its own: jobs come in any
order and twice, processes die before or behind a write or behind the executor's call, people
decide, also too late and on other digests, diagnoses change, the kill switch and the autonomy are
turned. Then everything is left alone until no job is due. Counted are executions that nobody
approved, actions that ran twice, and incidents that are stuck.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from neo4j import AsyncDriver

from benchmarks.escalation_incidents import save_diagnosis, seed
from benchmarks.escalation_system import AnyModel, AnyVerifier, CountedSystem, Killed, MortalGraph
from graph import decisions, escalations, executions, jobs, proposals
from graph.driver import open_driver
from graph.jobs import Jobs
from graph.memory import Memory
from graph.statements import parse
from labo.adapters.embedder.hashed import HashedEmbedder
from labo.adapters.executor.ticket import TicketExecutor
from labo.bootstrap.escalation import EscalationParts, compose_escalation
from labo.bootstrap.governance import open_governance
from labo.domain.entities.jobs import JobKind
from labo.domain.escalation.proposals import DecisionVerdict, EscalationLevel
from labo.domain.escalation.stages import Stage
from labo.domain.governance.autonomy import Autonomy
from labo.errors import LaboError
from labo.escalation_settings import EscalationSettings, GovernanceSettings
from labo.services.escalation.executors import Executors
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.levels import ModelEscalation
from labo.services.escalation.memory import MemoryService
from labo.services.incidents.incidents import IncidentService
from labo.services.learning.learner import LearningService
from labo.stack.state import connection_env

_WAITS = frozenset({Stage.GATE, Stage.RESTING, Stage.EXPERT, Stage.FINISHED})
"""Stages in which a person is next, or nobody."""
_STEPS = 25
_ROUNDS = 40
"""Of the jobs that are due, after which an incident that has not come to rest is stuck."""

_JOBS = parse(
    "histories/find_jobs",
    """// The kinds of the jobs on one incident.
// access: read
// params: workspace, subject
// returns: kind
MATCH (j:Job {workspace: $workspace, subject: $subject}) WHERE j.parked_at IS NULL
RETURN j.kind AS kind""",
    row=str,
)


@dataclass(frozen=True, slots=True)
class Found:
    """What one history shows; all should be nought but `executed` and `kills`."""

    executed: int = 0
    kills: int = 0
    unapproved: int = 0
    repeated: int = 0
    stuck: int = 0

    def __add__(self, other: Found) -> Found:
        return Found(
            self.executed + other.executed,
            self.kills + other.kills,
            self.unapproved + other.unapproved,
            self.repeated + other.repeated,
            self.stuck + other.stuck,
        )


class _Silent:
    async def enqueue(self, name: str, *args: str) -> None:
        del name, args


async def _unheard(_: str) -> None: ...


class History:
    """One incident, from its diagnosis to its rest."""

    def __init__(self, graph: MortalGraph, name: str, seed: int) -> None:
        self._graph = graph
        self._name = name
        self._chance = random.Random(seed)
        self._system = CountedSystem(self._chance)
        self._verifier = AnyVerifier(self._chance)
        self._parts = self._compose()
        self._incidents = IncidentService(graph, _unheard)
        self._kills = 0
        self._diagnoses = 0

    async def run(self) -> Found:
        self._incident = await seed(self._graph, self._name)
        await self._diagnose()
        acts = (*[self._work] * 5, *[self._decide] * 2, self._disturb)
        for _ in range(_STEPS):
            await self._mortal(self._chance.choice(acts))
        return await self._settled()

    def _compose(self) -> EscalationParts:
        graph, embedder = self._graph, HashedEmbedder()
        memory = MemoryService(graph, Memory(graph, embedder.name, embedder.dimensions), embedder)
        models = ModelEscalation(AnyModel(self._chance), AnyModel(self._chance))

        return compose_escalation(
            graph,
            memory=memory,
            solutions=KnownSolutionService(graph, memory),
            learning=LearningService(graph),
            model_escalation=models,
            governance=open_governance(GovernanceSettings()).services(graph),
            executors=Executors(
                {"ticket": TicketExecutor(), "counted": self._system}, default="counted"
            ),
            verifier=self._verifier,
            sender=_Silent(),
            publish=_unheard,
            settings=EscalationSettings(answer_s=1, expiry_s=3),
        )

    async def _mortal(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do it in a process that may die at any of its writes, or behind the executor's call."""
        if self._chance.random() < 0.4:
            self._graph.fuse = self._chance.randint(1, 6)
            self._graph.dies_before = self._chance.random() < 0.5
        self._system.kills = self._chance.random() < 0.5
        try:
            await act()
        except Killed:
            self._kills += 1
        except LaboError:
            pass  # told so: that is an answer
        finally:
            self._graph.fuse, self._system.kills = None, False

    async def _work(self) -> None:
        """A message of any kind, whether or not such a job is due."""
        kinds = [*self._uses(), JobKind.ESCALATE, JobKind.EXECUTE]
        kind = self._chance.choice(kinds)
        await self._uses()[kind](self._incident)

    def _uses(self) -> dict[JobKind, Callable[[str], Awaitable[object]]]:
        parts = self._parts
        return {
            JobKind.ESCALATE: parts.escalation.escalate,
            JobKind.EXECUTE: parts.executions.run,
            JobKind.VERIFY: parts.endings.verify,
            JobKind.CHECK_DEADLINE: parts.deadlines.check,
            JobKind.LEARN_FROM_RESOLVED: parts.endings.finish,
        }

    async def _decide(self) -> None:
        found = (await proposals.find_by_incidents(self._graph, [self._incident])).get(
            self._incident
        )
        if not found:
            return
        proposal = found[0] if self._chance.random() < 0.8 else self._chance.choice(found)
        shown = proposal.digest if self._chance.random() < 0.9 else "0" * 32
        verdicts = [DecisionVerdict.APPROVE] * 4 + list(DecisionVerdict)
        verdict = self._chance.choice(verdicts)
        who = self._chance.choice(("ada", "bob"))
        await self._parts.decisions.decide(
            proposal.id, digest=shown, verdict=verdict, reason="so", decided_by=who
        )

    async def _disturb(self) -> None:
        controls, chance = self._parts.controls, self._chance.random()
        if chance < 0.4:
            await self._diagnose()
        elif chance < 0.5:
            await controls.stop(by="ada", reason="drill")
        elif chance < 0.7:
            await controls.resume(by="ada", reason="over")
        elif chance < 0.9:
            to = self._chance.choice((*Autonomy, Autonomy.SAFE_AUTO, Autonomy.APPROVE))
            await controls.set_autonomy(to, by="ada", reason="so")
        elif chance < 0.95:
            await self._parts.escalation.request_expertise(
                self._incident, EscalationLevel.N2, reason="look", by="ada"
            )
        else:
            await self._incidents.resolve(self._incident, by="bob")

    async def _diagnose(self) -> None:
        self._diagnoses += 1
        await save_diagnosis(self._graph, self._incident, self._diagnoses)

    async def _settled(self) -> Found:
        """Leave it alone: only jobs that are due run, and nothing dies any more."""
        self._system.is_calm = self._verifier.is_calm = True
        await self._parts.controls.resume(by="ada", reason="over")
        await self._add_first_job()
        stuck = 1
        for _ in range(_ROUNDS):
            due = set(await self._graph.fetch(_JOBS, subject=self._incident)) & set(self._uses())
            state = await escalations.get(self._graph, self._incident)
            is_put_off = due <= {JobKind.CHECK_DEADLINE}
            # Resolved before it was ever escalated: nothing is left to do.
            if (state.stage in _WAITS or state.stage is None) and is_put_off:
                stuck = 0
                break
            for kind in sorted(due):
                await self._do(JobKind(kind))
        if stuck:
            print(f"stuck: {self._name} in {state.stage}: {state.note}; {due}", file=sys.stderr)
        return await self._found(stuck)

    async def _add_first_job(self) -> None:
        """As the diagnosis asks for it in its own write."""
        await self._graph.write(
            lambda tx: jobs.ask(tx, JobKind.ESCALATE, [self._incident]), name="histories.ask"
        )

    async def _do(self, kind: JobKind) -> None:
        outbox = Jobs(self._graph)
        attempt = await outbox.begin(kind, self._incident, lease_s=60)
        if attempt is None:
            return
        try:
            later = await self._uses()[kind](self._incident)
        except LaboError:
            later = timedelta(0)
        if isinstance(later, timedelta):
            await outbox.fail(kind, self._incident, "", delay_s=0, counts=False)
        else:
            await outbox.finish(kind, self._incident, attempt)

    async def _found(self, stuck: int) -> Found:
        approved = 0
        for execution_id in self._system.executed:
            execution = await executions.get(self._graph, execution_id)
            decision = await decisions.find_by_proposal(self._graph, execution.proposal)
            approved += (
                decision is not None
                and decision.verdict is DecisionVerdict.APPROVE
                and decision.proposal_digest == execution.action_digest
            )
        ran = self._system.executed
        return Found(
            executed=len(ran),
            kills=self._kills,
            unapproved=len(ran) - approved,
            repeated=sum(times > 1 for times in ran.values()),
            stuck=stuck,
        )


async def histories(driver: AsyncDriver, count: int, seed: int, prefix: str = "") -> Found:
    """The sum over `count` histories, each in a workspace of its own."""
    total = Found()
    for number in range(seed, seed + count):
        scoped = MortalGraph(driver, workspace=f"{prefix}histories-{number}")
        total += await History(scoped, str(number), number).run()
        if (number - seed) % 50 == 49:
            print(f"{number - seed + 1} histories: {total}", file=sys.stderr)
    return total


async def _main(data: Path, count: int, seed: int) -> int:
    env = connection_env(data)
    driver = open_driver(env["LABO_NEO4J__URI"], "neo4j", env["LABO_NEO4J__PASSWORD"])
    began = time.monotonic()
    try:
        found = await histories(driver, count, seed)
    finally:
        await driver.close()
    print(f"{count} histories from seed {seed} in {time.monotonic() - began:.0f} s: {found}")
    return found.unapproved + found.repeated + found.stuck


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    sys.exit(min(1, asyncio.run(_main(asked.data, asked.count, asked.seed))))
