"""The families made by hand: what no public data set here has. Eight incidents each."""

from __future__ import annotations

from functools import partial

from benchmarks.robustness.calls import LINKED_NOISE, NO_CALL_GRAPH
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.families.made import Make, incidents, normals
from benchmarks.robustness.families.made_events import logs, one_minute, traces
from benchmarks.robustness.families.made_metrics import batch, mesh, mobile, queues, seconds
from benchmarks.robustness.measurements import CAUSE_UNMEASURED
from benchmarks.robustness.naming import NAMES_HIDDEN
from benchmarks.robustness.variations import AS_IT_IS

VARIATIONS = (AS_IT_IS, NAMES_HIDDEN, NO_CALL_GRAPH, LINKED_NOISE, CAUSE_UNMEASURED)


def _family(name: str, make: Make) -> Family:
    return Family(
        f"made: {name}",
        partial(incidents, make),
        VARIATIONS,
        partial(normals, make),
        is_handmade=True,
    )


FAMILIES = {
    "seconds": _family("metrics each second", seconds),
    "traces": _family("traces only", traces),
    "logs": _family("logs only", logs),
    "minute": _family("one normal minute", one_minute),
    "mesh": _family("mesh with side-cars", mesh),
    "batch": _family("batch jobs", batch),
    "queues": _family("queues", queues),
    "mobile": _family("mobile back end", mobile),
}
"""By the name on the command line."""
