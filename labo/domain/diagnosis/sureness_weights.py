"""Written by `python -m benchmarks.verdict_thresholds --write`, not by hand (docs/adr/0050).

Fitted to all families of the robustness grid; what it is worth on families left out is in
docs/benchmarks.md.
"""

from __future__ import annotations

INTERCEPT = -2.2074
"""Log-odds of being right where every ground is 0."""
WEIGHTS = {
    "lead": (0.2585, 1.4760),
    "over_unknown": (1.0912, 2.2236),
    "deviating": (1.5857, 0.5192),
    "close_rivals": (-1.0433, 0.5214),
}
"""By ground what a unit of it adds to the log-odds, and its mean over the answers fitted to."""
