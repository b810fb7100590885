"""What happens in which order, as data; the runner knows none of them by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.live.faults import Change, Disturbance, Kind


class Label(StrEnum):
    """What a person confirms: the cause; or by mistake the component where requests come in, which
    may be taken back."""

    TRUE = "true"
    WRONG = "wrong"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Step:
    """One fault or disturbance, in the application that is `app`-th of the run. `spot` is resolved
    by the shape. It lasts `length` times as long as a fault usually does.

    `confirms`: what a person confirms after its end, as a label. `after_labels` is for the report:
    how many labels there are by then.
    """

    kind: Change
    spot: str = "any"
    app: int = 0
    length: float = 1.0
    confirms: Label | None = None
    after_labels: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """Steps that begin together, `minutes` of normal time after the round before has settled; none
    is a round of normal time alone.

    `deploys`: a spot whose component is restarted with a new version in the middle of that time.
    """

    steps: tuple[Step, ...]
    minutes: float = 6.0
    deploys: str = ""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Rounds on one stack with an empty graph. `prepares` are words for `labo` that are run
    before the first; the first round's `minutes` count for nothing: normal time comes anyway,
    unless it `starts_broken`: then the first round begins with the application and lasts for that
    time."""

    name: str
    about: str
    rounds: tuple[Round, ...]
    apps: int = 1
    prepares: tuple[tuple[str, ...], ...] = ()
    starts_broken: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for one in self.rounds for step in one.steps)


def _one(kind: Kind, spot: str, minutes: float = 6.0, deploys: str = "") -> Round:
    return Round((Step(kind, spot),), minutes, deploys)


_FIRST = _one(Kind.SLOW, "first")
_LABELS = (
    (Kind.SLOW, "first"),
    (Kind.FAILING, "second"),
    (Kind.CPU, "second"),
    (Kind.SLOW, "second"),
    (Kind.FAILING, "first"),
)
"""What is labelled, in turn. The tests after it are partly the same, partly not."""
_TESTS = ((Kind.SLOW, "first"), (Kind.FAILING, "first"), (Kind.BAD_DATA, "second"))


def labelled(labels: int) -> Sequence:
    """So many faults with a label each, then the tests, which are the same for every number."""
    learns = [Step(*_LABELS[n % len(_LABELS)], confirms=Label.TRUE) for n in range(labels)]
    tests = [Step(kind, spot, after_labels=labels) for kind, spot in _TESTS]
    return Sequence(
        f"labels-{labels}",
        f"three faults after {labels} labels",
        tuple(Round((step,)) for step in [*learns, *tests]),
    )


def _hour() -> Sequence:
    """Two small systems that are broken in turn, seven times each: what gathers in a graph
    while somebody tries things out."""
    steps = (Step(*_LABELS[n // 2 % len(_LABELS)], app=n % 2) for n in range(14))
    rounds = tuple(Round((step,)) for step in steps)
    return Sequence("an-hour", "fourteen faults in two systems in turn", rounds, apps=2)


def _second_faults() -> Iterator[Sequence]:
    """One fault, then the same or another, soon or late."""
    for name, about, kind, spot in (
        ("same", "the same fault again", Kind.SLOW, "first"),
        ("same-component", "another fault on the same component", Kind.FAILING, "first"),
        ("other-component", "another fault on another component", Kind.FAILING, "second"),
    ):
        for gap in (1, 6, 40):
            rounds = (_FIRST, _one(kind, spot, gap))
            yield Sequence(f"{name}-after-{gap}", f"{about} after {gap} min", rounds)


def _disturbed(name: str, about: str, kind: Disturbance, spot: str) -> Sequence:
    """It for some minutes, also where faults are short; then a fault on the first component."""
    rounds = (Round((Step(kind, spot, length=3.0),)), _FIRST)
    return Sequence(name, f"{about}, then a fault", rounds)


def _bad_inputs() -> Iterator[Sequence]:
    """What no answer can be given to, and that must not spoil the answer to what follows."""
    slow, failing = Kind.SLOW, Kind.FAILING
    yield Sequence(
        "broken-from-start",
        "a fault from the first minute on; then another on another component",
        # Detection needs 35 steps of normal time, of 10 s each; also with gaps a fifth as long.
        (_one(slow, "second"), _one(failing, "first", 35)),
        starts_broken=True,
    )
    for name, about, kind, spot in (
        ("deploy-shifts-levels", "a slower version for good", Disturbance.SLOWER_VERSION, "second"),
        ("load-test", "three times the traffic", Disturbance.LOAD_TEST, "entry"),
        ("week-end", "a quarter of the traffic", Disturbance.WEEK_END, "entry"),
        ("telemetry-stops", "no telemetry at all", Disturbance.TELEMETRY_STOPS, "every"),
        ("clock-jump", "a clock twenty minutes ahead", Disturbance.CLOCK_JUMP, "second"),
        ("clock-ahead", "a clock five minutes ahead", Disturbance.CLOCK_AHEAD, "second"),
    ):
        yield _disturbed(name, about, kind, spot)
    yield Sequence(
        "label-taken-back",
        "a person confirms the wrong component and takes it back, then two faults",
        (Round((Step(slow, "first", confirms=Label.TAKEN_BACK),)), *labelled(0).rounds[:2]),
    )


def _all() -> tuple[Sequence, ...]:
    failing, slow = Kind.FAILING, Kind.SLOW
    apart = tuple(Round((Step(slow, "first"), Step(failing, "second", app=1))) for _ in range(2))
    return (
        Sequence("single", "one fault on an empty graph", (_FIRST,)),
        *_second_faults(),
        Sequence("two-systems", "faults in two systems at once, twice", apart, apps=2),
        _hour(),
        Sequence(
            "deploy-between",
            "a deploy of one component between two faults on another",
            (_FIRST, _one(failing, "first", 6, deploys="second")),
        ),
        Sequence(
            "restarts",
            "a component that is restarted all the time, then a fault on another",
            (*(Round((), 1, deploys="second") for _ in range(6)), _one(slow, "first", 1)),
        ),
        Sequence(
            "wrong-label",
            "a person confirms the wrong component, then two faults",
            (Round((Step(slow, "first", confirms=Label.WRONG),)), *labelled(0).rounds[:2]),
        ),
        *_bad_inputs(),
        Sequence("every-kind", "each kind that the application can have, in turn", ()),
        *(labelled(labels) for labels in (0, 1, 2, 5, 20)),
        Sequence(
            "after-lab",
            "three faults after two simulated hours of lab learning",
            labelled(0).rounds,
            prepares=(("lab", "learn", "--hours", "2"),),
        ),
        Sequence("normal", "no fault at all", ()),
    )


SEQUENCES: Mapping[str, Sequence] = {one.name: one for one in _all()}


def with_every_kind(sequence: Sequence, kinds: tuple[Kind, ...]) -> Sequence:
    """`every-kind` for a shape that can have these; any other sequence as it is."""
    if sequence.name != "every-kind":
        return sequence
    rounds = tuple(_one(kind, "any") for kind in kinds)
    return Sequence(sequence.name, sequence.about, rounds)
