"""Knowledge that transfers between systems: problems, their signatures, and what causes what.

The value behind `labo knowledge export` and `import`; its JSON shape is in
docs/exchange-formats.md. It names roles and metrics, never a component.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from labo.domain.causality.edges import PRIOR_PROBABILITY, EdgeStatus, Relation
from labo.domain.entities.conditions import Direction
from labo.domain.entities.problems import ProblemKind
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.experiences import TrainingExample, finite_number
from labo.domain.knowledge.signatures import COUNT_NAMES, Signature, signature
from labo.domain.knowledge.training_sets import from_record, to_record
from labo.errors import InvalidInput

FORMAT_VERSION = 1
"""Of the exchange form; another one is refused."""


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """A kind of problem on components of `role`; `conditions` are its signatures on that role.

    `is_imported`: no incident was labelled so in this workspace, all that is known of it comes from
    elsewhere. It is not exported.
    """

    key: str
    title: str
    role: str
    occurrences: int = 0
    conditions: tuple[Signature, ...] = ()
    kind: ProblemKind = ProblemKind.METRIC
    summary: str = ""
    is_imported: bool = False

    @property
    def labelled_incidents(self) -> int:
        """How many are behind its signatures: as many as tested any of its conditions."""
        return max((one.hits + one.misses for one in self.conditions), default=0)


@dataclass(frozen=True, slots=True)
class KnownEdge:
    """`cause` brings about `effect` (problem keys); `hits` and `misses` are its evidence.

    The other figures are those of `CausalEdge` that the claim's weight in a diagnosis needs
    (`causality.inference`); a `leak` of 0 with a `leak_high` of 1 is unknown. `refuted_in` names
    systems of this workspace and is not exported.
    """

    cause: str
    effect: str
    relation: Relation
    status: EdgeStatus = EdgeStatus.PROPOSED
    probability: float = PRIOR_PROBABILITY
    strength: float = 0.5
    hits: int = 0
    misses: int = 0
    leak: float = 0.0
    leak_high: float = 1.0
    refuted_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Learnt from `resolved_incidents`; `calibration` corrects the probabilities based on it.

    `training_examples` come from the labelled incidents themselves, each a root cause followed by
    its affected components; weights are fitted from them (see `training_sets`).
    """

    problems: tuple[KnownProblem, ...] = ()
    edges: tuple[KnownEdge, ...] = ()
    resolved_incidents: int = 0
    calibration: Calibration = field(default_factory=Calibration)
    training_examples: tuple[TrainingExample, ...] = ()


def to_json(knowledge: Knowledge) -> dict[str, object]:
    """The exchange form: plain lists and maps, enums by value."""
    return {
        "version": FORMAT_VERSION,
        "resolved_incidents": knowledge.resolved_incidents,
        "problems": [_problem_record(problem) for problem in knowledge.problems],
        "edges": [_edge_record(edge) for edge in knowledge.edges],
        "calibration": calibration_record(knowledge.calibration),
        "training": to_record(knowledge.training_examples),
    }


def calibration_record(calibration: Calibration) -> dict[str, object]:
    """The exchange form of a calibration alone."""
    return {
        "incidents": calibration.incidents,
        "slope": calibration.slope,
        "intercept": calibration.intercept,
        "knots": [{"raw": raw, "true": true} for raw, true in calibration.knots],
    }


def _problem_record(problem: KnownProblem) -> dict[str, object]:
    return {
        "key": problem.key,
        "title": problem.title,
        "role": problem.role,
        "kind": problem.kind.value,
        "summary": problem.summary,
        "occurrences": problem.occurrences,
        "conditions": [
            {
                "metric": shown.metric,
                "direction": shown.direction.value,
                **dict(zip(COUNT_NAMES, shown.counts, strict=True)),
            }
            for shown in problem.conditions
        ],
    }


def _edge_record(edge: KnownEdge) -> dict[str, object]:
    return {
        "cause": edge.cause,
        "effect": edge.effect,
        "relation": edge.relation.value,
        "status": edge.status.value,
        "probability": edge.probability,
        "strength": edge.strength,
        "leak": edge.leak,
        "leak_high": edge.leak_high,
        "hits": edge.hits,
        "misses": edge.misses,
    }


def from_json(data: object) -> Knowledge:
    """Read the exchange form. Raises `InvalidInput` naming the field."""
    top = _Fields(data, "$")
    version = top.integer("version", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise InvalidInput(f"unknown knowledge format {version}", where="$.version")
    return Knowledge(
        problems=tuple(_problem(item) for item in top.items("problems")),
        edges=tuple(_edge(item) for item in top.items("edges")),
        resolved_incidents=top.integer("resolved_incidents", 0),
        calibration=_calibration(top.part("calibration")),
        training_examples=from_record(top.value("training")),
    )


def _calibration(fields: _Fields) -> Calibration:
    knots = tuple((k.share("raw", 0.0), k.share("true", 0.0)) for k in fields.items("knots"))
    if any(a[0] > b[0] or a[1] > b[1] for a, b in pairwise(knots)):
        raise InvalidInput("the knots must be ascending", where="$.calibration.knots")
    return Calibration(
        incidents=fields.integer("incidents", 0),
        slope=max(0.0, fields.number("slope", 1.0)),
        intercept=fields.number("intercept", 0.0),
        knots=knots,
    )


def _problem(fields: _Fields) -> KnownProblem:
    key, role = fields.text("key"), fields.text("role")
    return KnownProblem(
        key=key,
        title=fields.text("title"),
        role=role,
        kind=ProblemKind(
            fields.choice("kind", [k.value for k in ProblemKind], ProblemKind.METRIC.value)
        ),
        summary=fields.optional_text("summary"),
        occurrences=fields.integer("occurrences", 0),
        conditions=tuple(_signature(key, role, item) for item in fields.items("conditions")),
    )


def _signature(problem: str, role: str, fields: _Fields) -> Signature:
    metric = fields.text("metric")
    direction = Direction(fields.choice("direction", [d.value for d in Direction]))
    hits, misses, false_hits, quiets = (fields.integer(name, 0) for name in COUNT_NAMES[:4])
    size_sum, size_squares = (fields.number(name, 0.0) for name in COUNT_NAMES[4:])
    counts = hits, misses, false_hits, quiets, size_sum, size_squares
    return signature(problem, role, metric, direction, counts)


def _edge(fields: _Fields) -> KnownEdge:
    return KnownEdge(
        cause=fields.text("cause"),
        effect=fields.text("effect"),
        relation=Relation(fields.choice("relation", [r.value for r in Relation])),
        status=EdgeStatus(
            fields.choice("status", [s.value for s in EdgeStatus], EdgeStatus.PROPOSED.value)
        ),
        probability=fields.share("probability", PRIOR_PROBABILITY),
        strength=fields.share("strength", 0.5),
        leak=fields.share("leak", 0.0),
        leak_high=fields.share("leak_high", 1.0),
        hits=fields.integer("hits", 0),
        misses=fields.integer("misses", 0),
    )


class _Fields:
    """A JSON object whose errors name the path of the field."""

    def __init__(self, data: object, path: str) -> None:
        if not isinstance(data, dict):
            raise InvalidInput("an object is expected", where=path)
        self._data: dict[str, object] = data
        self._path = path

    def items(self, name: str) -> list[_Fields]:
        value = self._data.get(name, [])
        if not isinstance(value, list):
            raise InvalidInput("a list is expected", where=f"{self._path}.{name}")
        return [_Fields(item, f"{self._path}.{name}[{i}]") for i, item in enumerate(value)]

    def part(self, name: str) -> _Fields:
        return _Fields(self._data.get(name, {}), f"{self._path}.{name}")

    def value(self, name: str) -> object:
        return self._data.get(name)

    def text(self, name: str) -> str:
        value = self._data.get(name)
        if not isinstance(value, str) or not value:
            raise InvalidInput("a text is expected", where=f"{self._path}.{name}")
        return value

    def optional_text(self, name: str) -> str:
        value = self._data.get(name, "")
        if not isinstance(value, str):
            raise InvalidInput("a text is expected", where=f"{self._path}.{name}")
        return value

    def choice(self, name: str, allowed: list[str], default: str | None = None) -> str:
        value = self._data.get(name, default)
        if not isinstance(value, str) or value not in allowed:
            hint = "one of " + ", ".join(allowed)
            raise InvalidInput(f"unknown value {value!r}", where=f"{self._path}.{name}", hint=hint)
        return value

    def integer(self, name: str, default: int) -> int:
        value = self._data.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise InvalidInput("a whole number is expected", where=f"{self._path}.{name}")
        return value

    def number(self, name: str, default: float) -> float:
        value = self._data.get(name, default)
        number = finite_number(value)
        if number is None:
            raise InvalidInput("a number is expected", where=f"{self._path}.{name}")
        return number

    def share(self, name: str, default: float) -> float:
        value = self._data.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise InvalidInput("a number from 0 to 1 is expected", where=f"{self._path}.{name}")
        return float(value)
