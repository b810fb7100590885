"""The tables of a run: each fault, each sequence, and the totals beside the aims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

from benchmarks.live.pace import Pace
from benchmarks.live.results import SequenceResult, StepResult
from benchmarks.live.scores import SOON_S
from benchmarks.petshop_scores import wilson
from benchmarks.table import Table


def tables(results: Sequence[SequenceResult], pace: Pace) -> tuple[Table, ...]:
    """All of a run."""
    return _faults(results), _sequences(results), _totals(results, pace)


def _faults(results: Sequence[SequenceResult]) -> Table:
    columns = (
        *("sequence", "fault", "open, s", "right, s", "right in the window", "flips"),
        *("sure and wrong", "incidents", "older", "resolved, s", "control", "shown last", "title"),
    )
    rows = [_fault(one) for result in results for one in result.steps]
    notes = (
        "*right in the window*: share of the moments after the first right answer; *sure and "
        "wrong*: of all moments since the fault began; *older*: of the incidents, how many were "
        "there before it; *resolved*: after the fault's end, and how many were open when the "
        "sequence ended.",
        "*right* is - for a disturbance, to which no answer is expected.",
        "*control*: the component whose own spans deviate most, a minute after the begin.",
    )
    return Table("Live: faults", columns, rows, notes)


def _fault(one: StepResult) -> tuple[object, ...]:
    found, right = one.score, one.expects_answer
    return (
        f"{one.sequence} ({one.app})",
        f"{one.number}: {one.kind}, {one.component}",
        _seconds(found.opened_s),
        _seconds(found.right_s) if right else "-",
        f"{found.right_share:.2f}" if right else "-",
        found.flips,
        f"{found.wrong_share:.2f}",
        found.incidents,
        f"{found.joined}, {found.joined_over} resolved" if found.joined else 0,
        _resolved_s(one),
        f"{one.control or '-'} {'(right)' if one.is_control_right else ''}".strip(),
        found.answer.replace("|", "/") or "-",
        found.title.replace("|", "/") or "-",
    )


def _resolved_s(one: StepResult) -> str:
    if not (one.expects_answer or one.score.incidents):
        return "-"
    return _seconds(one.score.resolved_s) + (f", {one.open_at_end} open" if one.open_at_end else "")


def _sequences(results: Sequence[SequenceResult]) -> Table:
    columns = (
        *("sequence", "applications", "faults", "normal, min", "false incidents", "problems"),
        *("edges", "to itself", "both ways", "minutes", "load", "missed looks"),
    )
    rows = [
        (
            one.name if one.is_complete else f"{one.name}, ended half-way",
            ", ".join(one.apps),
            len(one.steps),
            f"{one.normal_s / 60:.1f}",
            len(one.false_incidents),
            one.sizes.problems,
            one.sizes.edges,
            one.sizes.loops,
            one.sizes.both_ways,
            f"{(one.ended - one.began) / 60:.0f}",
            f"{one.load:.1f}",
            one.missed,
        )
        for one in results
    ]
    titles = [
        f"False incident in {one.name}: {title}" for one in results for title in one.false_incidents
    ]
    return Table("Live: sequences", columns, rows, tuple(titles))


def _totals(results: Sequence[SequenceResult], pace: Pace) -> Table:
    all_steps = [step for one in results for step in one.steps]
    steps = [step for step in all_steps if step.expects_answer]
    empty = [step for step in steps if step.on_empty]
    later = [step for step in steps if not step.on_empty]
    normal_h = sum(one.normal_s for one in results) / 3600
    false = sum(len(one.false_incidents) for one in results)
    moments = sum(step.score.moments for step in all_steps)
    wrong = sum(round(step.score.wrong_share * step.score.moments) for step in all_steps)
    joined = [step.score.joined_over > 0 for step in steps]
    opened = [step.score.incidents for step in steps]
    rows = [
        (f"right within {SOON_S:.0f} s, empty graph", _share(empty, _soon), ">= .90"),
        (f"right within {SOON_S:.0f} s, later faults", _share(later, _soon), ">= .90"),
        *_by_labels(steps),
        ("control right, empty graph", _share(empty, _control), "below"),
        ("control right, later faults", _share(later, _control), "below"),
        ("stays right in the window, mean", _mean([s.score.right_share for s in steps]), ">= .95"),
        ("sure and wrong, of all moments", f"{wrong}/{moments}", "<= 3 %"),
        ("incidents a fault, mean", _mean([float(n) for n in opened]), "1.0 to 1.1"),
        ("joined to a resolved incident", f"{sum(joined)}/{len(joined)}", "0"),
        (f"resolved within {pace.settle_s:.0f} s", _share(steps, _resolved), ">= .95"),
        ("problems a component, most", max((s.score.problems for s in steps), default=0), "<= 2"),
        ("at most 2 problems on each component", _share(steps, _has_few_problems), "all"),
        ("incidents that mix systems", sum(s.score.mixed for s in all_steps), "0"),
        ("false incidents in normal system-hours", f"{false} in {normal_h:.2f}", "<= 1 in 50"),
    ]
    notes = (pace.sentence(),)
    return Table("Live: totals", ("figure", "measured (95 % interval)", "aim"), rows, notes)


def _by_labels(steps: Sequence[StepResult]) -> list[tuple[object, ...]]:
    """The tests of the `labels-` sequences, which are the same for each number of labels."""
    tests = [s for s in steps if s.sequence.startswith("labels-") and not s.confirmed]
    return [
        (
            f"right within {SOON_S:.0f} s, after {labels} labels",
            _share([s for s in tests if s.after_labels == labels], _soon),
            "not below 0 labels",
        )
        for labels in sorted({s.after_labels for s in tests})
    ]


def _soon(step: StepResult) -> bool:
    return step.score.is_right_soon


def _control(step: StepResult) -> bool:
    return step.is_control_right


def _resolved(step: StepResult) -> bool:
    return step.score.resolved_s is not None


def _has_few_problems(step: StepResult) -> bool:
    return step.score.problems <= 2


def _share(steps: Sequence[StepResult], is_hit: Callable[[StepResult], bool]) -> str:
    """Hits, number and Wilson's interval; it takes the faults as independent."""
    if not steps:
        return "-"
    hits = sum(is_hit(step) for step in steps)
    low, high = wilson(hits, len(steps))
    return f"{hits}/{len(steps)} ({low:.2f} to {high:.2f})"


def _mean(values: Sequence[float]) -> str:
    return f"{fmean(values):.2f}" if values else "-"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.0f}"
