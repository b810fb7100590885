"""Random systems by seed: different names, shapes, capacities and time scales, always stable.

Services form a tree below the edge with some calls across it; databases, caches and queues are
attached to the services. This module builds the shape; `generator.sizes` the capacity for its load.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.description.model import Call, Role, System
from engine.generator.dice import Dice
from engine.generator.sizes import Timing, sized

SMALLEST = 5
LARGEST = 200
_SYLLABLES = (
    "ba", "cor", "dil", "en", "fal", "gri", "hol", "im", "jun", "kel", "lor", "mi", "nor", "os",
    "pra", "quil", "ren", "sol", "tam", "ul", "ver", "wes", "xan", "yor", "zim",
)  # fmt: skip
_VERBS = (
    "accept", "bind", "collect", "derive", "emit", "filter", "join", "lookup", "merge", "poll",
    "resolve", "scan", "submit", "verify",
)  # fmt: skip


@dataclass(slots=True)
class Shape:
    """A system being built: the role of each component, and who calls whom."""

    dice: Dice
    roles: dict[str, Role] = field(default_factory=dict)
    operations: dict[str, dict[str, list[Call]]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    """Edge, gateways and services, callers before callees."""

    def add(self, role: Role, operations: int) -> str:
        """A new component with this many operations, not called by any other yet."""
        name = self._new_name()
        self.roles[name] = role
        verbs = self.dice.shuffled(_VERBS)[:operations]
        self.operations[name] = {verb: [] for verb in verbs}
        return name

    def _new_name(self) -> str:
        while True:
            count = self.dice.integer(2, 3)
            name = "".join(self.dice.choice(_SYLLABLES) for _ in range(count))
            if name not in self.roles:
                return name

    def connect(self, caller: str, callee: str, operation: str, **settings: object) -> None:
        """A call of `callee` from a random operation of `caller`."""
        mine = self.operations[caller]
        mine[self.dice.choice(tuple(mine))].append(
            Call.model_validate({"component": callee, "operation": operation, **settings})
        )


def generate(seed: int, size: int) -> System:
    """A system of `size` components (5 to 200); workers and cores below 0.7 utilisation.

    Raises ValueError for another size. The same seed and size give the same system.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"size must be {SMALLEST} to {LARGEST}, not {size}")
    dice = Dice(seed, f"system of {size}")
    shape = Shape(dice)
    stores = max(2, round(size * dice.between(0.3, 0.45)))
    pairs = [*_store_kinds(dice, stores)]
    above = size - sum(2 if kind is not Role.DATABASE else 1 for kind in pairs)
    _grow_services(shape, above)
    for kind in pairs:
        _hang_store(shape, kind)
    timing = Timing(dice, 10.0 ** dice.between(-0.4, 0.8), dice.between(6.0, 15.0) * size)
    return sized(f"random-{size}-{seed}", shape.roles, shape.operations, timing)


def _store_kinds(dice: Dice, stores: int) -> list[Role]:
    """What is attached to the services: databases, caches with a database, queues with a worker."""
    kinds = [Role.CACHE]
    used = 2
    while used < stores:
        draw = dice.uniform()
        pair = used + 2 <= stores
        if pair and draw < 0.3:
            kinds.append(Role.CACHE)
        elif pair and draw < 0.45:
            kinds.append(Role.QUEUE)
        else:
            kinds.append(Role.DATABASE)
            used -= 1
        used += 2
    return kinds


def _grow_services(shape: Shape, count: int) -> None:
    dice = shape.dice
    edge = shape.add(Role.EDGE, dice.integer(1, 3))
    shape.order.append(edge)
    gateways = 0 if count < 5 else 1 + count // 60
    for number in range(1, count):
        gateway = number <= gateways
        role = Role.GATEWAY if gateway else Role.SERVICE
        name = shape.add(role, dice.integer(1, 3))
        callers = shape.order[:1] if gateway else shape.order[1 if gateways else 0 :]
        nearby = callers[-max(4, len(callers) // 3) :] or [edge]
        for operation in shape.operations[name]:
            _call_service(shape, dice.choice(nearby), name, operation)
        if not gateway and len(callers) > 2 and dice.uniform() < 0.3:
            again = dice.choice(tuple(shape.operations[name]))
            _call_service(shape, dice.choice(callers), name, again)
        shape.order.append(name)


def _call_service(shape: Shape, caller: str, callee: str, operation: str) -> None:
    dice = shape.dice
    at_edge = shape.roles[caller] is Role.EDGE
    settings: dict[str, object] = {
        "retries": dice.integer(0, 2),
        "probability": 1.0 if at_edge else round(min(1.0, dice.between(0.6, 1.4)), 2),
    }
    if dice.uniform() < 0.3:
        settings["breaker"] = {"ratio": 0.5, "window": 20, "open_for": 5.0}
    if not at_edge and dice.uniform() < 0.2:
        settings["required"] = False
    if dice.uniform() < 0.3:
        settings["group"] = 1
    shape.connect(caller, callee, operation, **settings)


def _hang_store(shape: Shape, kind: Role) -> None:
    dice = shape.dice
    services = [each for each in shape.order if shape.roles[each] is Role.SERVICE]
    owner = dice.choice(tuple(services or shape.order))
    if kind is Role.QUEUE:
        queue, worker = shape.add(Role.QUEUE, 1), shape.add(Role.WORKER, 1)
        (publish,), (consume,) = shape.operations[queue], shape.operations[worker]
        shape.connect(owner, queue, publish, retries=1)
        shape.connect(queue, worker, consume, asynchronous=True)
        return
    database = shape.add(Role.DATABASE, dice.integer(1, 2))
    reads = tuple(shape.operations[database])
    if kind is Role.CACHE:
        cache = shape.add(Role.CACHE, 1)
        (get,) = shape.operations[cache]
        operation = dice.choice(tuple(shape.operations[owner]))
        shape.operations[owner][operation] += [
            Call(component=cache, operation=get, required=False),
            Call(component=database, operation=reads[0], retries=1, on_miss=True),
        ]
        reads = reads[1:]
    for read in reads:
        shape.connect(dice.choice(tuple(services or [owner])), database, read, retries=1)
