"""Learning in the lab: rounds in which a fault is provoked, found, tested and taught.

A round is chosen before it begins, and what was said of it is kept before its labelled incident is
taught, so that one which was interrupted goes on as the same round, and is judged by what was known
before.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.keys import digest, hypothesis_key
from labo.domain.lab.policies import Policy
from labo.domain.lab.scenarios import Capture, Fault
from labo.errors import InvalidInput

ONSET_S, WINDOW_S = 240.0, 120.0
"""Simulated seconds of a capture before its fault and with it."""
INTERVAL_S = 5.0
CONTROL_EVERY = 8
"""The first round, and every eighth from there on, is a no-fault control."""
MOST_HOURS = 1_000.0
_CLAIMING = (Verdict.LIKELY.value, Verdict.CONFIRMED.value)


class RoundStage(StrEnum):
    """How far a round is: chosen, judged by what was known before, tested and taught."""

    CHOSEN = "chosen"
    JUDGED = "judged"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class LabRun:
    """`hours` of simulated time in `system`; runs of the same figures are the same run.

    `epoch` is where its simulated time begins (seconds since 1970). `roles` are those of the
    components as the first round's telemetry showed them; empty before it.
    """

    system: str
    hours: float
    seed: int = 0
    policy: Policy = Policy.PROACTIVE
    epoch: float = 0.0
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.system}-{self.hours:g}h-seed-{self.seed}-{self.policy.value}"

    @property
    def seconds(self) -> float:
        return self.hours * 3600


@dataclass(frozen=True, slots=True)
class LabRound:
    """Round `number` (from 1) of run `run` (key). Without a `kind` of fault it is a no-fault
    control.

    `verdict`, `suspect` (the leading component), its `probability` and the title of the problem
    that was `named` there are what the diagnosis said before the labelled incident; `known` is
    whether this problem had been taught on this `role` before. `chain` leads from that component to
    the target, each as `component metric:direction`. The experiment brought about `manipulated` (a
    kind of fault) on component `held`; `trials` are its pairs in which that worked, and `edges`
    (keys) the claims that they tried, each in as many of its `pairs` with the sum of its `effects`
    (arm A less arm B). `seconds` is all simulated time that the round took.
    """

    run: str
    number: int
    kind: str = ""
    target: str = ""
    stage: RoundStage = RoundStage.CHOSEN
    role: str = ""
    verdict: str = ""
    suspect: str = ""
    probability: float = 0.0
    named: str = ""
    known: bool = False
    chain: tuple[str, ...] = ()
    scenario: str = ""
    experiment: str = ""
    manipulated: str = ""
    held: str = ""
    edges: tuple[str, ...] = ()
    pairs: tuple[int, ...] = ()
    effects: tuple[float, ...] = ()
    trials: int = 0
    learnt: str = ""
    seconds: float = 0.0

    @property
    def id(self) -> str:
        return digest("lab-round", self.run, str(self.number))

    @property
    def is_control(self) -> bool:
        return not self.kind

    @property
    def label(self) -> str:
        """The answer, as a case's label says it."""
        return hypothesis_key(self.kind, self.target)

    @property
    def is_claimed(self) -> bool:
        """Whether the diagnosis claimed anything."""
        return self.verdict in _CLAIMING

    @property
    def is_felt(self) -> bool:
        """Whether there is anything wrong for the system's users: else there is no incident."""
        return self.verdict != Verdict.NO_PROBLEM.value

    @property
    def is_localised(self) -> bool:
        """The leading suspect is where the fault is; without a fault, nothing is claimed."""
        return not self.is_claimed if self.is_control else self.suspect == self.target

    @property
    def is_named(self) -> bool:
        """The leading suspect is where the fault is, and called by the fault's name."""
        return bool(self.kind) and self.is_localised and self.named == self.kind

    @property
    def is_right(self) -> bool:
        """Place and problem: one that was taught is called by its name, another by none."""
        return self.is_localised and self.named == (self.kind if self.known else "")

    @property
    def is_confirmed_wrong(self) -> bool:
        return self.verdict == Verdict.CONFIRMED.value and not self.is_right


def check(run: LabRun) -> LabRun:
    """The run itself. Raises InvalidInput for hours that are none."""
    if not 0 < run.hours <= MOST_HOURS:
        raise InvalidInput(f"more than 0, at most {MOST_HOURS:g}", where="hours")
    return run


def capture_of(run: LabRun, chosen: LabRound, passed_s: float) -> Capture:
    """What round `chosen` captures, `passed_s` simulated seconds after the run's begin."""
    faults = () if chosen.is_control else (Fault(chosen.kind, chosen.target, at=ONSET_S),)
    seed = int(digest("lab-seed", run.system, str(run.seed), str(chosen.number), length=7), 16)
    seconds = ONSET_S + WINDOW_S
    return Capture(run.system, faults, seconds, seed, INTERVAL_S, run.epoch + passed_s)


def next_round(
    run: LabRun,
    number: int,
    faults: Mapping[str, tuple[str, ...]],
    labelled_incidents: Mapping[tuple[str, str], int],
    unfelt: Collection[tuple[str, str]] = (),
) -> LabRound:
    """What round `number` provokes; `faults` are the components that can have each kind.

    `lessons` counts what was taught per problem (title, as a kind of fault is called) and role;
    `unfelt` faults (kind and component) did no harm before, and are left out while there are
    others. Proactive rounds take turns: first the pair of kind and role with the fewest labelled
    incidents of all, then the one with the fewest among those that were taught, for one labelled
    incident tells little. Ties are drawn by the run's seed, as is everything under random choice.
    """
    every = [(kind, name) for kind, names in sorted(faults.items()) for name in sorted(names)]
    if number % CONTROL_EVERY == 1 or not every:
        return LabRound(run.key, number)
    draw = random.Random(f"{run.key}/{number}")  # noqa: S311 - a repeatable draw, no secret
    target_faults = [target_fault for target_fault in every if target_fault not in unfelt] or every
    if run.policy is Policy.PROACTIVE:
        counts = {
            target_fault: labelled_incidents.get(
                (target_fault[0], role_in(run, target_fault[1])), 0
            )
            for target_fault in target_faults
        }
        learnt_ones = [target_fault for target_fault in target_faults if counts[target_fault]]
        target_faults = learnt_ones if learnt_ones and number % 2 == 1 else target_faults
        fewest = min(counts[target_fault] for target_fault in target_faults)
        target_faults = [
            target_fault for target_fault in target_faults if counts[target_fault] == fewest
        ]
    kind, target = draw.choice(target_faults)
    return LabRound(run.key, number, kind, target)


def role_in(run: LabRun, component: str) -> str:
    """The component's role as the run knows it."""
    return run.roles.get(component, "service")
