"""Learning in the lab: rounds in which a fault is provoked, diagnosed, tested and learnt from.

A round is chosen before it begins, and its diagnosis is saved before its labelled incident is
learnt from, so that an interrupted round resumes as the same round and is scored by what was known
before it.
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
"""Simulated seconds between samples. By judgement."""
CONTROL_EVERY = 8
"""The first round, and every eighth from there on, is a no-fault control. By judgement: enough to
notice false alarms, at an eighth of the time."""
MOST_HOURS = 1_000.0
"""Simulated hours of a run at most: about six weeks. By judgement."""
_CLAIMING = (Verdict.LIKELY.value, Verdict.CONFIRMED.value)


class RoundStage(StrEnum):
    """The progress of a round: chosen, diagnosed by prior knowledge, tested, and learnt from."""

    CHOSEN = "chosen"
    JUDGED = "judged"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class LabRun:
    """`hours` of simulated time in `system`; runs with the same parameters are the same run.

    `epoch` is where its simulated time begins (seconds since 1970). `roles` are those of the
    components by the first round's telemetry; empty before it.
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
    `named` there are the diagnosis's, made before the incident was labelled; `known` is whether
    this problem had been learnt on this `role` before. `chain` leads from that component to the
    target, each as `component metric:direction`. The experiment provoked `manipulated` (a kind of
    fault) on component `held`; `trials` are its pairs in which that worked, and `edges` (keys) the
    claims that they tested, each in as many of its `pairs` with the sum of its `effects` (arm A
    minus arm B). `seconds` is all simulated time that the round took.
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
        """The ground truth, in the form of a case's label."""
        return hypothesis_key(self.kind, self.target)

    @property
    def is_claimed(self) -> bool:
        """Whether the diagnosis claimed anything."""
        return self.verdict in _CLAIMING

    @property
    def is_felt(self) -> bool:
        """Whether the system's users are affected; otherwise there is no incident."""
        return self.verdict != Verdict.NO_PROBLEM.value

    @property
    def is_localised(self) -> bool:
        """Whether the leading suspect is the faulty component; without a fault, nothing claimed."""
        return not self.is_claimed if self.is_control else self.suspect == self.target

    @property
    def is_named(self) -> bool:
        """Whether the leading suspect is the faulty component with the fault's name."""
        return bool(self.kind) and self.is_localised and self.named == self.kind

    @property
    def is_right(self) -> bool:
        """Component and problem: a known problem is named correctly, an unknown one not named."""
        return self.is_localised and self.named == (self.kind if self.known else "")

    @property
    def is_confirmed_wrong(self) -> bool:
        return self.verdict == Verdict.CONFIRMED.value and not self.is_right


def check(run: LabRun) -> LabRun:
    """The run itself. Raises InvalidInput for hours out of range."""
    if not 0 < run.hours <= MOST_HOURS:
        raise InvalidInput(f"more than 0, at most {MOST_HOURS:g}", where="hours")
    return run


def capture_of(run: LabRun, chosen: LabRound, passed_s: float) -> Capture:
    """What round `chosen` captures, `passed_s` simulated seconds after the run's start."""
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

    `labelled_incidents` are counts by problem (title, which is the kind of fault) and role;
    `unfelt` faults (kind and component) did no harm before and are left out while there are others.
    Proactive rounds alternate: the pair of kind and role with the fewest labelled incidents of all,
    then the one with the fewest among those that have any, as a single labelled incident is little
    evidence. Ties are broken by the run's seed, which also drives random choice.
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
    """The component's role in the run."""
    return run.roles.get(component, "service")
