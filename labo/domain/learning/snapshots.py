"""A learner's state as JSON text, and back, equal to the last bit."""

from __future__ import annotations

import json
from datetime import datetime

from labo.domain.entities.conditions import Direction
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.keys import digest
from labo.domain.entities.problems import ProblemKind
from labo.domain.knowledge.signatures import Signature
from labo.domain.learning.outcomes import OutcomeWeights
from labo.domain.learning.state import Foreseen, LabelledProblem, LearnerState
from labo.errors import InvalidInput

STATE_VERSION = 1
"""Of the text form; another one is not read."""
_UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,  # an infinite value where an integer is expected
    RecursionError,
)
"""What reading JSON of another form may raise."""


def state_text(state: LearnerState) -> str:
    """Canonical: equal states give the same text. Floats round-trip exactly."""
    record = {
        "version": STATE_VERSION,
        "position": state.position,
        "signatures": [_row(state.signatures[pair]) for pair in sorted(state.signatures)],
        "problems": {
            key: [t.title, t.role, t.kind.value, t.labelled_incidents, t.last_seen.isoformat()]
            for key, t in sorted(state.problems.items())
        },
        "records": [[r.raw, r.shown, r.right, r.verdict] for r in state.records],
        # Not sorted: the order in which weights are summed determines the last bit.
        "outcomes": [state.outcomes.intercept, [list(w) for w in state.outcomes.weights]],
        "left_out": [list(pair) for pair in state.left_out],
        "taught": list(state.labelled_seqs),
    }
    return json.dumps(record, separators=(",", ":"))


def state_digest(state: LearnerState) -> str:
    """The digest of a state: equal for equal states."""
    return digest("learner", state_text(state))


def read_state(text: str) -> LearnerState:
    """What `state_text` wrote. Raises InvalidInput for anything else."""
    try:
        record = json.loads(text)
        if record["version"] != STATE_VERSION:
            raise ValueError(f"version {record['version']}")
        signatures = [_signature(*row) for row in record["signatures"]]
        intercept, weights = record["outcomes"]
        return LearnerState(
            position=int(record["position"]),
            signatures={(s.problem, s.condition): s for s in signatures},
            problems={key: _labelled_seqs(*row) for key, row in record["problems"].items()},
            records=tuple(
                Foreseen(float(raw), float(shown), bool(right), Verdict(verdict).value)
                for raw, shown, right, verdict in record["records"]
            ),
            outcomes=OutcomeWeights(
                float(intercept), tuple((str(name), float(w)) for name, w in weights)
            ),
            left_out=tuple((int(low), int(high)) for low, high in record["left_out"]),
            labelled_seqs=tuple(int(seq) for seq in record.get("taught", ())),
        )
    except _UNREADABLE as error:
        raise InvalidInput(
            "invalid learner state",
            where="Snapshot",
            hint=f"replay from 1 rebuilds it ({type(error).__name__}: {error})"[:200],
        ) from None


def _row(s: Signature) -> list[object]:
    named = [s.problem, s.condition, s.metric, s.direction.value, s.role]
    return [*named, *s.counts]


def _signature(
    problem: str, condition: str, metric: str, way: str, role: str, *counts: float
) -> Signature:
    hits, misses, false_hits, quiets, size_sum, size_squares = counts
    return Signature(
        problem,
        condition,
        metric,
        Direction(way),
        role,
        int(hits),
        int(misses),
        int(false_hits),
        int(quiets),
        float(size_sum),
        float(size_squares),
    )


def _labelled_seqs(
    title: str, role: str, kind: str, labelled_incidents: int, last_seen: str
) -> LabelledProblem:
    return LabelledProblem(
        title, role, ProblemKind(kind), int(labelled_incidents), datetime.fromisoformat(last_seen)
    )
