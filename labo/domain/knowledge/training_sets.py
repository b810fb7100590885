"""Training examples in the form in which they travel: from them weights are fitted elsewhere.

Weights differ with the metrics that a case measures, so that a fitted matrix would hold for one set
of metrics only; the examples hold for all (docs/adr/0044). They name roles and features of metrics,
never a component. Features and roles are tables, and a feature vector is a flat list of a feature's
index and its value in turn, which takes a fifth of the space of names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample, finite_number
from labo.errors import InvalidInput

MOST_NUMBERS = 400_000
"""Features of all examples that are read at most, twice `samples.MOST_FEATURES`: it bounds the time
and the memory that a foreign file takes."""


def to_record(examples: Iterable[TrainingExample]) -> dict[str, object]:
    """The exchange form. Each incident is a root cause and the affected components behind it."""
    roles: dict[str, int] = {}
    features: dict[str, int] = {}

    def vector(one: TrainingExample) -> list[object]:
        values: list[float] = []
        for feature, value in sorted(one.features.items()):
            values += [features.setdefault(feature, len(features)), value]
        return [roles.setdefault(one.role, len(roles)), values]

    incidents: list[dict[str, object]] = []
    affected: list[object] = []
    for one in examples:
        if one.title != NON_ROOT:
            affected = []
            head = {"problem": one.problem, "title": one.title}
            incidents.append({**head, "cause": vector(one), "affected": affected})
        else:
            affected.append(vector(one))
    return {"roles": [*roles], "features": [*features], "incidents": incidents}


def from_record(record: object) -> tuple[TrainingExample, ...]:
    """What `to_record` made. Raises InvalidInput naming the field; nothing of it is trusted."""
    return _Reader(record).examples() if record else ()


class _Reader:
    """Reads one training set."""

    def __init__(self, record: object) -> None:
        fields = _mapping(record, "$.training")
        self._roles = _texts(fields.get("roles"), "$.training.roles")
        self._features = _texts(fields.get("features"), "$.training.features")
        self._incidents = _list(fields.get("incidents"), "$.training.incidents")
        self._left = MOST_NUMBERS

    def examples(self) -> tuple[TrainingExample, ...]:
        found: list[TrainingExample] = []
        for i, record in enumerate(self._incidents):
            where = f"$.training.incidents[{i}]"
            fields = _mapping(record, where)
            title = _text(fields.get("title"), f"{where}.title")
            problem = _text(fields.get("problem"), f"{where}.problem")
            role, features = self._vector(fields.get("cause"), f"{where}.cause")
            found.append(TrainingExample(role, title, features, problem))
            for k, one in enumerate(_list(fields.get("affected", []), f"{where}.affected")):
                role, features = self._vector(one, f"{where}.affected[{k}]")
                found.append(TrainingExample(role, NON_ROOT, features))
        return tuple(found)

    def _vector(self, value: object, where: str) -> tuple[str, dict[str, float]]:
        match value:
            case [role, [*numbers]] if len(numbers) % 2 == 0:
                self._left -= len(numbers) // 2
                if self._left < 0:
                    raise InvalidInput("too many features", where=where)
                names = numbers[::2]
                values = [_number(one, where) for one in numbers[1::2]]
                features = [self._named(self._features, index, where) for index in names]
                pairs = dict(zip(features, values, strict=True))
                return self._named(self._roles, role, where), pairs
        raise InvalidInput("a role and pairs of feature and value are expected", where=where)

    @staticmethod
    def _named(table: Sequence[str], index: object, where: str) -> str:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(table):
            raise InvalidInput(f"there is no entry {index!r} in the table", where=where)
        return table[index]


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidInput("an object is expected", where=where)
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidInput("a list is expected", where=where)
    return value


def _texts(value: object, where: str) -> list[str]:
    return [_text(one, f"{where}[{i}]") for i, one in enumerate(_list(value, where))]


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInput("a text is expected", where=where)
    return value


def _number(value: object, where: str) -> float:
    number = finite_number(value)
    if number is None:
        raise InvalidInput("a number is expected", where=where)
    return number
