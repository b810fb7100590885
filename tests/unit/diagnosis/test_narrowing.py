"""A diagnosis by a chosen set of metrics."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.diagnosis.restricted import narrowed
from labo.domain.entities.series import Case, SeriesKey
from tests.builders.cases import a_case


def kept(case: Case, *only: str) -> set[tuple[str, str]]:
    return {(key.component, key.metric) for key in narrowed(case, only).series}


def two_metrics() -> Case:
    case = a_case({"db": 2.0})
    more = {SeriesKey(key.component, "load"): one for key, one in case.series.items()}
    return replace(case, series={**case.series, **more})


def test_a_metric_is_named_alone_or_with_its_component_or_role() -> None:
    """Each keeps what it names."""
    case = replace(two_metrics(), roles={"db": "database"})
    everywhere = {key.component for key in case.series}

    assert kept(case, "load") == {(name, "load") for name in everywhere}
    assert kept(case, "db:latency") == kept(case, "database:latency") == {("db", "latency")}
    assert kept(case, "nothing", "web:nothing") == set()


def test_a_set_of_components_with_other_names_means_their_metrics() -> None:
    """It was computed on `mysql`, the case is of a `box`: roles are guessed from names."""
    case = two_metrics()

    assert kept(case, "elsewhere:load", "mysql-1:latency") == kept(case, "load", "latency")
    assert kept(case, "elsewhere:load", "db:latency") == kept(case, "load") | {("db", "latency")}
