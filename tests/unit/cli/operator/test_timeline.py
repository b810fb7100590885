"""What `labo incident` tells of an incident's course."""

from __future__ import annotations

from typing import Any

import pytest

from labo.cli.operator.timeline import timeline

CONFIRMED, WITHDRAWN = "2026-11-30T12:00:00Z", "2026-11-30T12:05:00Z"
CAUSE = {
    "at": CONFIRMED,
    "confirmedBy": "ann",
    "problem": None,
    "component": {"name": "payments"},
}


def an_incident(*causes: dict[str, Any], acts: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    return {
        "occurrences": [],
        "openedAt": None,
        "diagnoses": [],
        "proposals": [],
        "confirmedCauses": list(causes),
        "timeline": [
            {"kind": kind, "at": at, "by": by, "text": text} for kind, at, by, text in acts
        ],
        "resolvedAt": None,
        "resolution": None,
    }


ACT = ("CAUSE_CONFIRMED", CONFIRMED, "ann", "payments. seen")
TAKEN_BACK = ("CAUSE_WITHDRAWN", WITHDRAWN, "bob", "it was the network")


@pytest.mark.parametrize(
    ("incident", "told"),
    [
        (an_incident(CAUSE, acts=[ACT]), ["cause confirmed by ann: payments"]),
        (
            an_incident(acts=[TAKEN_BACK, ACT]),
            [
                "cause confirmed by ann: payments. seen",
                "cause withdrawn by bob: it was the network",
            ],
        ),
    ],
)
def test_a_cause_is_told_once_also_when_it_was_taken_back(
    incident: dict[str, Any], told: list[str]
) -> None:
    """With what is known of it while it stands; afterwards the acts tell both."""
    assert [what for _, what in timeline(incident)] == told


RESOLVED = ("RESOLVED", CONFIRMED, "labo", "all its occurrences are over")
REOPENED = ("REOPENED", WITHDRAWN, "labo", "payments is slow began again")
BY_ANN = ("RESOLVED", CONFIRMED, "ann", "rolled back")


@pytest.mark.parametrize(
    ("acts", "resolved_at", "told"),
    [
        ([], CONFIRMED, ["resolved: all its occurrences are over"]),
        (
            [REOPENED, RESOLVED],
            None,
            ["resolved: all its occurrences are over", "reopened: payments is slow began again"],
        ),
        ([BY_ANN], CONFIRMED, ["resolved by ann: rolled back"]),
        (
            [REOPENED, BY_ANN],
            "2026-11-30T12:09:00Z",
            [
                "resolved by ann: rolled back",
                "reopened: payments is slow began again",
                "resolved: all its occurrences are over",
            ],
        ),
    ],
)
def test_each_end_is_told_with_its_reason(
    acts: list[tuple[str, str, str, str]], resolved_at: str | None, told: list[str]
) -> None:
    """By whom, where a person ended it; what was reopened had an end before."""
    incident = an_incident(acts=acts) | {"resolvedAt": resolved_at}

    assert [what for _, what in timeline(incident)] == told
