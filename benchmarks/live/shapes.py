"""The applications, as data: their processes, who calls whom, and where each fault can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.live.faults import Change, Kind

EVERY = "every component"
"""In the place of a name, where it happens to all at once."""


@dataclass(frozen=True, slots=True)
class Component:
    """`database` is its file's name; `sends` and `receives` name a queue. `instances` share the
    name and differ by `service.instance.id`; only a component that receives has several."""

    name: str
    calls: tuple[str, ...] = ()
    database: str = ""
    sends: str = ""
    receives: str = ""
    instances: int = 1
    work_s: float = 0.008

    @property
    def database_component(self) -> str:
        """What a reader of its spans calls the database: product and name, as it is local."""
        return f"sqlite-{self.database}"


@dataclass(frozen=True, slots=True)
class Shape:
    """One application. `system` is its `service.namespace`; requests come in at the first
    component, `rate` a second.

    `first` and `second` are the components that the sequences speak of; `faults` is where each
    kind is injected when every kind has its turn.
    """

    name: str
    system: str
    components: tuple[Component, ...]
    first: str
    second: str
    faults: Mapping[Kind, str] = field(default_factory=dict)
    rate: float = 5.0

    def component(self, name: str) -> Component:
        """Raises KeyError."""
        return {one.name: one for one in self.components}[name]

    def target(self, spot: str, kind: Change) -> str:
        """The component's name for `first`, `second`, `entry` (where requests come in), or `any`:
        where this kind is injected in this shape; EVERY for `every`. Raises KeyError where it
        can't be."""
        names = {"first": self.first, "second": self.second, "every": EVERY}
        names["entry"] = self.components[0].name
        return names.get(spot) or self.faults[Kind(kind)]

    def accepted(self, kind: Change, component: str) -> frozenset[str]:
        """The right answers: the component itself, or its database where that is what is slow or
        locked; none where it happens to all, since then no component is the cause. For scoring
        alone."""
        if component == EVERY:
            return frozenset()
        if kind in (Kind.SLOW_QUERY, Kind.LOCK):
            return frozenset({self.component(component).database_component})
        return frozenset({component})


WEB = Shape(
    "web",
    "shop",
    (
        Component("storefront", calls=("orders", "payments")),
        Component("orders", database="orders"),
        Component("payments", work_s=0.012),
    ),
    first="payments",
    second="orders",
    faults={
        Kind.SLOW: "payments",
        Kind.FAILING: "payments",
        Kind.UNAVAILABLE: "payments",
        Kind.CPU: "orders",
        Kind.POOL: "orders",
        Kind.SLOW_QUERY: "orders",
        Kind.LOCK: "orders",
        Kind.SILENT: "payments",
        Kind.SPIKE: "storefront",
        Kind.BAD_DATA: "payments",
        Kind.MEMORY: "orders",
    },
)

CHAIN = Shape(
    "chain",
    "travel",
    (
        Component("gateway", calls=("bookings",)),
        Component("bookings", calls=("fares",)),
        Component("fares", calls=("inventory",)),
        Component("inventory", calls=("carriers",)),
        Component("carriers", work_s=0.015),
    ),
    first="inventory",
    second="bookings",
    faults={
        Kind.SLOW: "inventory",
        Kind.FAILING: "carriers",
        Kind.UNAVAILABLE: "fares",
        Kind.CPU: "inventory",
        Kind.SILENT: "fares",
        Kind.SPIKE: "gateway",
        Kind.BAD_DATA: "bookings",
        Kind.MEMORY: "carriers",
    },
    rate=4.0,
)

QUEUE = Shape(
    "queue",
    "media",
    (
        Component("uploads", sends="images"),
        Component("thumbnails", receives="images", calls=("library",), instances=2, work_s=0.05),
        Component("library", database="library"),
    ),
    first="thumbnails",
    second="library",
    faults={
        Kind.SLOW: "library",
        Kind.FAILING: "thumbnails",
        Kind.UNAVAILABLE: "thumbnails",
        Kind.CPU: "thumbnails",
        Kind.POOL: "library",
        Kind.SLOW_QUERY: "library",
        Kind.LOCK: "library",
        Kind.BACKLOG: "thumbnails",
        Kind.SILENT: "library",
        Kind.SPIKE: "uploads",
        Kind.BAD_DATA: "library",
        Kind.MEMORY: "thumbnails",
    },
)

SHAPES = {shape.name: shape for shape in (WEB, CHAIN, QUEUE)}
