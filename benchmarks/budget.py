"""Budgets under bursts: how far ten workspaces overshoot in a simulated month, beside a control.

Three worker processes make every workspace's calls at the same moments, on a real Neo4j; on every
third day one of them is killed in the middle. The control reads what is spent and calls.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from benchmarks.budget_world import DAY, DAYS, LIMITS, MONTH, START, WORKERS, WORKSPACES
from benchmarks.table import Table
from graph.client import Graph
from graph.driver import open_driver
from graph.migrate import migrate
from labo.domain.governance.llm_calls import MICRO, CallStatus
from labo.services.governance.budget import BudgetService, Verification
from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import start_neo4j

ROOT = Path(__file__).resolve().parent.parent
MONTH_NAME = f"{START:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Server:
    uri: str
    password: str


class Crew:
    """The worker processes of one arm; the one that was killed is started anew."""

    def __init__(self, server: Server, arm: str, bill: Path) -> None:
        self._server, self._arm, self._bill = server, arm, bill
        self._workers = [self._start(number) for number in range(WORKERS)]
        self._rng = random.Random(arm)
        self.kills = 0

    def day(self, day: int) -> None:
        for worker in self._workers:
            print(day, file=worker.stdin, flush=True)
        if day % 3 == 1:
            time.sleep(self._rng.uniform(0.05, 0.4))
            number = self._rng.randrange(WORKERS)
            self._workers[number].kill()
            self._workers[number].wait()
            self.kills += 1
        for number, worker in enumerate(self._workers):
            if worker.stdout is None or worker.stdout.readline() != "done\n":
                self._workers[number] = self._start(number)

    def end(self) -> None:
        for worker in self._workers:
            worker.communicate()

    def _start(self, number: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "benchmarks.budget_world", self._server.uri]
        command += [self._server.password, self._arm, str(number), str(self._bill)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


@dataclass(frozen=True, slots=True)
class Bill:
    """The provider's own, in µEUR: by workspace and day, and by workspace."""

    days: Mapping[tuple[str, str], int]
    months: Mapping[str, int]
    calls: int

    @property
    def over(self) -> tuple[float, float, int]:
        """Worst overshoot of a day and of the month (share of the limit), days over the limit."""
        worst = max(self.days.values()) / DAY - 1, max(self.months.values()) / MONTH - 1
        return max(0.0, worst[0]), max(0.0, worst[1]), sum(x > DAY for x in self.days.values())


def read_bill(file: Path) -> Bill:
    days: dict[tuple[str, str], int] = defaultdict(int)
    months: dict[str, int] = defaultdict(int)
    lines = file.read_text().splitlines()
    for workspace, day, cost in (line.split() for line in lines):
        days[workspace, day] += int(cost)
        months[workspace] += int(cost)
    return Bill(days, months, len(lines))


def month(server: Server, arm: str, folder: Path) -> tuple[Bill, int]:
    crew = Crew(server, arm, folder / arm)
    for day in range(DAYS):
        crew.day(day)
    crew.end()
    return read_bill(folder / arm), crew.kills


async def verified(server: Server) -> tuple[list[Verification], int]:
    """Every workspace's month added up, once no lease is left; how many calls were lost."""
    driver = open_driver(server.uri, "neo4j", server.password, timeout_s=60)
    found, lost = [], 0
    for number in range(WORKSPACES):
        graph = Graph(driver, workspace=f"reserved-{number}", timeout_s=60)
        budget = BudgetService(graph, LIMITS)
        while await budget.expire():
            pass
        found.append(await budget.verify(MONTH_NAME))
        calls = await budget.ledger(days=366, limit=100_000)
        lost += sum(call.status is CallStatus.EXPIRED for call in calls)
    await driver.close()
    return found, lost


async def prepare(server: Server) -> None:
    driver = open_driver(server.uri, "neo4j", server.password, timeout_s=60)
    await migrate(driver, Graph(driver))
    await driver.close()


def run() -> Table:
    with tempfile.TemporaryDirectory(prefix="labo-budget-") as name:
        folder, secret = Path(name), uuid.uuid4().hex
        neo4j = start_neo4j(folder / "neo4j", ensure_jars(default_jar_dir()), password=secret)
        server = Server(neo4j.uri, secret)
        try:
            asyncio.run(prepare(server))
            control, control_kills = month(server, "control", folder)
            reserved, kills = month(server, "reserved", folder)
            checks, lost = asyncio.run(verified(server))
        finally:
            neo4j.stop()
    ledger = sum(one.cost for one in checks)
    differing = sum(len(one.mismatches) for one in checks)
    return Table(
        "Budgets: overshoot in a month of bursts at ten workspaces",
        ("arm", "calls billed", "billed, EUR", "worst day over", "worst month over", "days over"),
        (_row("reserve, settle", reserved), _row("control: check, then call", control)),
        (
            f"By the provider's own bill; limits of {_euros(DAY)} EUR a day and {_euros(MONTH)} "
            f"EUR a month each; {WORKERS} processes, of which {kills} and {control_kills} were "
            "killed in the middle of their calls.",
            f"The ledger adds up to {_euros(ledger)} EUR for {sum(c.calls for c in checks)} calls; "
            f"{differing} figures of its accounts differ from that. It is above the bill where "
            f"nobody knows what a call took, and the bound was charged: {lost} calls of killed "
            "processes, and the provider's silent, absurd and unusable answers (some 8 %).",
        ),
    )


def _row(name: str, bill: Bill) -> tuple[object, ...]:
    day, whole, days = bill.over
    total = _euros(sum(bill.months.values()))
    share = f"{days} of {WORKSPACES * DAYS}"
    return name, bill.calls, total, f"{day:.1%}", f"{whole:.1%}", share


def _euros(micro: int) -> str:
    return f"{Decimal(micro) / MICRO:.2f}"
