"""A diagnosis in its exchange form, one JSON object a line (docs/exchange-formats.md)."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labo.domain.entities.diagnoses import Analysis
    from labo.domain.entities.reasons import Reason


def print_record(analysis: Analysis) -> None:
    """One line of JSON, at once."""
    sys.stdout.write(json.dumps(analysis_record(analysis), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def analysis_record(analysis: Analysis) -> dict[str, object]:
    """The exchange form of an analysis."""
    from labo.domain.entities.diagnoses import component_probabilities

    shares = component_probabilities(analysis.suspects)
    return {
        "case": analysis.case,
        "verdict": analysis.verdict.value,
        "method": analysis.method.value,
        "suspects": [
            {
                "component": suspect.component,
                "problem": suspect.problem,
                "problem_key": suspect.problem_key,
                "probability": suspect.probability,
                "component_probability": shares[suspect.component],
                "reasons": [_reason(reason) for reason in suspect.reasons],
            }
            for suspect in analysis.suspects
        ],
        "chains": [
            {"components": list(chain.components), "conditions": list(chain.conditions)}
            for chain in analysis.chains
        ],
        "ruled_out": [
            {
                "component": one.component,
                "problem_key": one.problem_key,
                "reason": _reason(one.reason),
            }
            for one in analysis.ruled_out
        ],
        "missing": [_reason(reason) for reason in analysis.missing],
        "next_metric": analysis.next_metric,
        "took_ms": analysis.took_ms,
    }


def _reason(reason: Reason) -> dict[str, object]:
    return {"kind": reason.kind.value, "text": reason.sentence, "values": dict(reason.values)}
