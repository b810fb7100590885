"""What an incident is called by what is known of its cause."""

from __future__ import annotations

import pytest

from labo.domain.entities.diagnoses import Analysis, Chain, Suspect, Verdict
from labo.domain.incidents.titles import LONGEST_TITLE, cause_title, title_after


def an_analysis(
    state: str = "http.server.errors:high", *, verdict: Verdict = Verdict.LIKELY
) -> Analysis:
    return Analysis(
        case="incident",
        verdict=verdict,
        suspects=(Suspect("payments", None, 0.9),),
        chains=(Chain(("payments", "checkout"), (state, "latency:high")),),
        ruled_out=(),
        missing=(),
        next_metric=None,
    )


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("http.server.errors:high", "payments is failing (seen at checkout)"),
        ("trace.error_rate:high", "payments is failing (seen at checkout)"),
        ("http.server.request.duration.p95:high", "payments is slow (seen at checkout)"),
        ("system.cpu.utilization:high", "payments is saturated (cpu) (seen at checkout)"),
        ("requests:absent", "payments is silent (seen at checkout)"),
        ("requests:low", "payments has unusual traffic (seen at checkout)"),
        ("oven.temperature:high", "payments has changed (oven.temperature) (seen at checkout)"),
        ("normal", "payments is the cause (seen at checkout)"),
    ],
)
def test_the_title_says_the_cause_and_what_it_does(state: str, title: str) -> None:
    """By the deviation that the chain shows at the suspected component."""
    assert title_after(an_analysis(state), "checkout") == title


def test_a_problem_with_a_name_is_called_by_it() -> None:
    """A person's words say more than a metric."""
    assert (
        title_after(an_analysis(), "checkout", "no free worker")
        == "no free worker at payments (seen at checkout)"
    )


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.NO_PROBLEM])
def test_without_enough_confidence_the_diagnosis_gives_no_title(verdict: Verdict) -> None:
    """The symptom is what is known."""
    assert title_after(an_analysis(verdict=verdict), "checkout") is None


def test_a_cause_that_is_the_symptom_is_named_once() -> None:
    """Nothing is seen elsewhere; and where no behaviour is known, the symptom says more."""
    assert title_after(an_analysis(), "payments") == "payments is failing"
    assert title_after(an_analysis("normal"), "payments") is None


def test_a_title_has_a_bound() -> None:
    """Names of components come from telemetry, hence in any length."""
    title = cause_title("x" * 1_000, seen_at="y")

    assert title is not None
    assert len(title) == LONGEST_TITLE
    assert title.endswith("…")
