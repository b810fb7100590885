"""The module of the weights that ship, fitted to all families."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.verdict_thresholds.answers import Rested
from benchmarks.verdict_thresholds.fit import NAMES, fitted

MODULE = Path(__file__).parents[2] / "labo" / "domain" / "diagnosis" / "sureness_weights.py"
TEXT = '''\
"""Written by `python -m benchmarks.verdict_thresholds --write`, not by hand (docs/adr/0050).

Fitted to all families of the robustness grid; what it is worth on families left out is in
docs/benchmarks.md.
"""

from __future__ import annotations

INTERCEPT = {intercept}
"""Log-odds of being right where every ground is 0."""
WEIGHTS = {{
{weights}
}}
"""By ground what a unit of it adds to the log-odds, and its mean over the answers fitted to."""
'''


def module_of(answers: Sequence[Rested]) -> str:
    """The module's text."""
    model = fitted(answers)
    weights = (
        f'    "{name}": ({weight:.4f}, {mean:.4f}),'
        for name, weight, mean in zip(NAMES, model.weights, model.means, strict=True)
    )
    return TEXT.format(intercept=f"{model.intercept:.4f}", weights="\n".join(weights))
