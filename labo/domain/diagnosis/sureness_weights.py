"""Written by `python -m benchmarks.verdict_thresholds --write`, not by hand (docs/adr/0050).

Fitted to all families of the robustness grid; what it is worth on families left out is in
docs/benchmarks.md.
"""

from __future__ import annotations

LIKELY_PROBABILITY = 0.84
"""Probability of being right from which a component may be LIKELY: the least whose claims, by
weights of other families, are wrong in at most 4 % of all answers with 95 % confidence, and in no
family or variation more often."""
INTERCEPT = -2.4816
"""Log-odds of being right where every ground is 0."""
WEIGHTS = {
    "lead": (0.2655, 1.4686),
    "over_unknown": (1.1303, 2.2242),
    "deviating": (2.0275, 0.4976),
    "close_rivals": (-1.0524, 0.5319),
}
"""By ground what a unit of it adds to the log-odds, and its mean over the answers fitted to."""
