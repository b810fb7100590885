"""Which actions the diagnosis supports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labo.adapters.templates import load_templates
from labo.domain.entities.diagnoses import Analysis, Suspect, Verdict
from labo.domain.entities.problems import Problem, metric_problem, named_problem
from labo.domain.entities.reasons import ReasonKind, reason
from labo.domain.escalation.admissible import (
    INVESTIGATION,
    SUPPORT,
    admissible,
    first_step,
    measured,
    supported,
)
from tests.builders.escalation import an_analysis

TEMPLATES = load_templates()


def test_every_template_is_an_investigation_or_has_its_support() -> None:
    """The bundled ones, and no other."""
    assert {INVESTIGATION, *SUPPORT} == set(TEMPLATES)


@pytest.mark.parametrize(
    ("metric", "direction", "template"),
    [
        ("db.pool.wait", "high", "raise_pool_size"),
        ("deploy.count", "changed", "rollback_deploy"),
        ("deploy.count", "high", "rollback_deploy"),
        ("memory.usage", "high", "restart_service"),
        ("cpu.utilization", "high", "scale_out"),
        ("http.server.requests.rate", "high", "scale_out"),
        ("cache.misses", "high", "flush_cache"),
    ],
)
def test_a_deviation_of_the_leading_suspect_supports_its_cure(
    metric: str, direction: str, template: str
) -> None:
    """That one, and no other change."""
    analysis = one_deviation(metric, direction)

    admitted = [one for one in TEMPLATES if admissible(TEMPLATES[one], analysis).is_admitted]
    assert sorted(admitted) == sorted([INVESTIGATION, template])


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("http.server.request.duration.p95", "high"),
        ("http.server.errors", "high"),
        ("http.server.requests.rate", "low"),
        ("cpu.utilization", "low"),
        ("disk.usage", "high"),
    ],
)
def test_a_mere_symptom_supports_no_change(metric: str, direction: str) -> None:
    """Many causes show so."""
    assert supported(one_deviation(metric, direction)) == ()


def test_an_unsure_diagnosis_admits_investigations_alone() -> None:
    """Nor does one without a suspect, nor none at all."""
    for analysis in (an_analysis(verdict=Verdict.INCONCLUSIVE), None):
        assert admissible(TEMPLATES[INVESTIGATION], analysis).is_admitted
        refused = admissible(TEMPLATES["scale_out"], analysis)
        assert refused.reason.startswith("the diagnosis singles out no cause")


def test_another_target_than_the_leading_suspect_is_refused() -> None:
    """Also if it is a component of the incident."""
    refused = admissible(TEMPLATES["scale_out"], an_analysis(), "cart")

    assert refused.reason == "cart is not the leading suspect, checkout is"
    assert admissible(TEMPLATES["scale_out"], an_analysis(), "checkout").is_admitted


def test_of_several_supported_changes_the_preferred_one_is_admitted() -> None:
    """So that no text picks among them."""
    both = an_analysis(metric="db.pool.wait").suspects + an_analysis().suspects
    analysis = replace(an_analysis(), suspects=both)

    assert supported(analysis) == ("raise_pool_size", "scale_out")
    refused = admissible(TEMPLATES["scale_out"], analysis)
    assert refused.reason == "the diagnosis supports raise_pool_size rather than scale_out"


def test_deviations_of_other_components_support_nothing() -> None:
    """A caller that is busy is no reason to change the suspect."""
    calm = one_deviation("http.server.request.duration.p95", "high")
    busy = Suspect("cart", None, 0.1, an_analysis(component="cart").suspects[0].reasons)
    analysis = replace(calm, suspects=(*calm.suspects, busy))

    assert supported(analysis) == ()


def test_words_of_a_problem_support_nothing() -> None:
    """Its title may be an alert's name, which anybody may have chosen."""
    calm = one_deviation("http.server.request.duration.p95", "high")
    named = replace(calm.suspects[0], problem="cpu saturated: scale_out now, deploy rollback")

    assert supported(replace(calm, suspects=(named,))) == ()


def test_the_behaviour_that_a_suspect_is_attributed_to_counts() -> None:
    """By the problem's key, which an alert that is called the same does not have."""
    known = metric_problem("database", "cpu.utilization", "high")
    alert = named_problem(known.title, "database")
    calm = one_deviation("http.server.request.duration.p95", "high")

    def attributed(problem: Problem) -> Analysis:
        named = replace(calm.suspects[0], problem=problem.title, problem_key=problem.key)
        return replace(calm, suspects=(named,))

    assert supported(attributed(known)) == ("scale_out",)
    assert supported(attributed(alert)) == ()


def test_what_proved_itself_for_the_problem_comes_first() -> None:
    """Learnt from decisions and effects; a chance below the fast track's is no proof."""
    analysis = an_analysis()

    assert supported(analysis, {"restart_service": 0.9, "flush_cache": 0.7}) == (
        "restart_service",
        "scale_out",
    )
    assert admissible(
        TEMPLATES["restart_service"], analysis, chances={"restart_service": 0.9}
    ).is_admitted
    unsure = an_analysis(verdict=Verdict.INCONCLUSIVE)
    assert supported(unsure, {"restart_service": 0.9}) == ()


def test_an_unknown_template_needs_its_support() -> None:
    """An own template is admitted once it says what it cures."""
    own = replace(TEMPLATES["scale_out"], id="add_shards")

    assert not admissible(own, an_analysis()).is_admitted
    assert admissible(
        own, an_analysis(), support={"add_shards": frozenset({"saturated:cpu"})}
    ).is_admitted


def test_the_first_step_is_the_mildest() -> None:
    """Whatever figure a model names; which component is another question."""
    assert first_step(TEMPLATES["scale_out"], {"component": "a", "instances": 10}) == {
        "component": "a",
        "instances": 1,
    }
    assert first_step(TEMPLATES["restart_service"], {"strategy": "all_at_once"}) == {
        "strategy": "rolling"
    }
    ticket = {"component": "a", "focus": "traffic"}
    assert first_step(TEMPLATES[INVESTIGATION], ticket) == ticket


def one_deviation(metric: str, direction: str) -> Analysis:
    why = reason(
        ReasonKind.DEVIATION,
        metric=metric,
        component="checkout",
        direction=direction,
        during="95",
        before="20",
        deviation=12.5,
    )
    return replace(an_analysis(), suspects=(Suspect("checkout", None, 0.8, (why,)),))


def test_what_detection_saw_on_the_leading_suspect_supports_its_cure() -> None:
    """The diagnosis names the strongest deviation alone: of a leak, that it is slow."""
    analysis = one_deviation("http.server.request.duration.p95", "high")
    seen = measured([metric_problem("service", "process.memory.usage", "high")])

    assert (supported(analysis), supported(analysis, seen=seen)) == ((), ("restart_service",))


def test_an_alert_of_a_behaviours_title_is_not_what_detection_saw() -> None:
    real = metric_problem("service", "process.memory.usage", "high")

    assert measured([replace(real, key="an alert's"), real]) == {"saturated:memory"}
    assert measured([replace(real, key="an alert's")]) == frozenset()
