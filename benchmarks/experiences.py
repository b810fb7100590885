"""Replaying experiences: how many a second, beside River's bare `learn_one`, and to the last bit.

80 % are actions and decisions over 40 templates, 20 % labelled incidents of 50 problems with 12
measurements.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

from benchmarks.table import Table
from labo.domain.knowledge.experiences import (
    Experience,
    ExperienceKind,
    LabelledIncident,
    attempt_of,
    labelled_incident_content,
)
from labo.domain.learning.outcomes import NOTHING_LEARNT, OutcomeModel
from labo.domain.learning.snapshots import read_state, state_digest, state_text
from labo.domain.learning.state import LearnerState, fold

COUNT = 100_000
CHUNK = 2_000
_ROLES = ("database", "cache", "service", "queue")
_START = datetime(2026, 1, 1, tzinfo=UTC)


def stream(count: int, seed: int = 1) -> list[Experience]:
    """Numbered experiences; the same seed gives the same ones."""
    rng = random.Random(seed)
    return [
        _labelled_incident(rng, n) if rng.random() < 0.2 else _attempt(rng, n)
        for n in range(1, count + 1)
    ]


def _labelled_incident(rng: random.Random, seq: int) -> Experience:
    problem = rng.randrange(50)
    z_scores = {f"metric.{rng.randrange(60)}": rng.uniform(-10, 10) for _ in range(12)}
    role = _ROLES[problem % 4]
    seen = rng.random()
    labelled_incident = LabelledIncident(
        f"p{problem}",
        f"problem {problem}",
        role,
        "c",
        z_scores,
        seen,
        "LIKELY",
        shown=seen,
        raw=seen,
        right=seen > 0.5,
    )
    return _experience(
        seq, ExperienceKind.LABELLED_INCIDENT, labelled_incident_content(labelled_incident)
    )


def _attempt(rng: random.Random, seq: int) -> Experience:
    problem, template = rng.randrange(50), rng.randrange(40)
    worked = rng.random() < (0.9 if (problem + template) % 3 == 0 else 0.3)
    attended = rng.random() < 0.5
    content = {
        "template": f"t{template}",
        "problem": f"p{problem}",
        "role": _ROLES[problem % 4],
        "worked": worked,
        "attended": attended,
    }
    kind = ExperienceKind.ACTION if attended else ExperienceKind.DECISION
    return _experience(seq, kind, content)


def _experience(seq: int, kind: ExperienceKind, content: dict[str, object]) -> Experience:
    at = _START + timedelta(seconds=seq)
    return Experience(f"e{seq}", kind, "shop", at, content, authenticated=True, seq=seq)


def replayed(experiences: list[Experience], *, through_text: bool) -> LearnerState:
    """The state after all, folded in chunks as the learner does, optionally through stored text."""
    state = LearnerState()
    for start in range(0, len(experiences), CHUNK):
        state = fold(state, experiences[start : start + CHUNK])
        if through_text and start % (5 * CHUNK) == 0:
            state = read_state(state_text(state))
    return state


def _bare(experiences: list[Experience]) -> float:
    """Experiences a second of River's model alone, on the stream's attempts."""
    attempts = [attempt for one in experiences if (attempt := attempt_of(one))]
    model = OutcomeModel(NOTHING_LEARNT)
    start = time.perf_counter()
    for attempt in attempts:
        model.learn(attempt, "shop")
    return len(attempts) / (time.perf_counter() - start)


def run() -> Table:
    """At least 5,000 experiences a second, and the identical state."""
    experiences = stream(COUNT)
    start, used = time.perf_counter(), time.process_time()
    first = replayed(experiences, through_text=False)
    rate = COUNT / (time.perf_counter() - start)
    cpu_rate = COUNT / (time.process_time() - used)
    again = replayed(experiences, through_text=True)
    bare = _bare(experiences)
    same = first == again and state_digest(first) == state_digest(again)
    columns = (
        "experiences",
        "replayed a second",
        "a CPU second",
        "bare learn_one a second",
        "ratio",
        "identical state",
        "signatures",
        "state MB",
    )
    row = (
        COUNT,
        round(rate),
        round(cpu_rate),
        round(bare),
        rate / bare,
        "yes" if same else "NO",
        len(first.signatures),
        len(state_text(first)) / 1e6,
    )
    notes = (
        "80 % actions and decisions, 20 % labelled incidents with 12 measurements; folded in "
        "chunks of 2,000 as the learner does, without the database. The second figure leaves out "
        "what other processes took.",
        "Identical: whole, against chunks that were written as text and read again on the way.",
    )
    return Table("Replaying experiences", columns, [row], notes)
