"""A causal edge in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from labo.cli.operator.edge_text import print_edge, sentences

EDGE: dict[str, Any] = {
    "key": "51c9",
    "status": "SUPPORTED",
    "probability": 0.83,
    "cause": {"key": "a", "title": "slow disk"},
    "effect": {"key": "b", "title": "slow on service"},
    "relation": "CALLEE",
    "lagLow": 2.0,
    "lagHigh": 40.0,
    "maxLag": 300.0,
    "hits": 10,
    "misses": 2,
    "strength": 0.8,
    "strengthLow": 0.55,
    "strengthHigh": 0.95,
    "leak": 0.02,
    "leakHigh": 0.08,
    "eValue": 35.2,
    "orderShare": 8 / 9,
    "orderComparisons": 9,
    "confoundedBy": [],
    "explained": False,
    "refutedIn": [],
    "systems": [],
    "history": [],
    "decidedBy": None,
    "decidedAt": None,
    "reason": None,
    "evidence": [],
}


def test_each_figure_is_a_sentence_with_its_unit() -> None:
    """What is known about an edge that was tested."""
    assert list(sentences(EDGE)) == [
        "The cause is on a component that the effect's component calls.",
        "The effect followed within 5 min 00 s in 10 of 12 cases: strength 80% (95 % interval 55% "
        "to 95%), usually after 2 s to 40 s.",
        "By itself the effect starts in 2.0% of windows of 5 min 30 s (95 %: at most 8.0%).",
        "Where the order was clear, the cause came first in 8 of 9 cases.",
        "Against chance it has an e-value of 35.2 (1 is no evidence).",
    ]


def test_what_is_not_known_yet_is_said() -> None:
    """A claim that was proposed a moment ago has no figures."""
    new = EDGE | {
        "hits": 0,
        "misses": 0,
        "leak": 0.0,
        "leakHigh": 1.0,
        "eValue": 1.0,
        "orderShare": None,
        "orderComparisons": 0,
    }

    assert list(sentences(new))[1:] == [
        "No case has tested it yet: it was only seen to go together.",
        "How often the effect starts by itself is not known yet.",
    ]


def test_pieces_of_evidence_follow(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its time, its kind, and for which side it counts."""
    piece = {
        "kind": "OBSERVATION",
        "polarity": 1,
        "weight": 1.0,
        "observedAt": "2026-11-30T14:00:00+00:00",
        "summary": "slow on service followed",
        "system": "shop",
        "provoked": True,
        "outcome": "HIT",
        "gap": 12.0,
    }
    print_edge(EDGE | {"evidence": [piece]})

    assert capsys.readouterr().out.splitlines()[-1] == (
        "    - 2026-11-30 14:00:00 UTC: slow on service followed (observation, for it, shop, the "
        "effect 12 s after, provoked)"
    )
