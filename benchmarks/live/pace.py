"""How long everything lasts, and by how much a run is shorter than the real thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. `warm_up_s` is normal time before the first fault; `watch_s` the window after the
    first right answer; `settle_s` how long after a fault's end its incident may take to be over.
    `taken_back_s` is how long a wrong label stays: the product has learnt from it by then.
    `gap_scale` multiplies the minutes between rounds; `step_s` is detection's, None its default."""

    warm_up_s: float = 420.0
    fault_s: float = 240.0
    watch_s: float = 300.0
    settle_s: float = 300.0
    taken_back_s: float = 30.0
    gap_scale: float = 1.0
    poll_s: float = 3.0
    step_s: float | None = 10.0

    @property
    def settings(self) -> dict[str, str]:
        """Of the stack: time is scaled where a setting allows it, and nowhere else."""
        return {} if self.step_s is None else {"LABO_DETECTION__STEP_S": f"{self.step_s:g}"}

    def sentence(self) -> str:
        """What is scaled and what isn't, for the output."""
        scaled = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        return (
            f"{scaled or 'No setting changed'}; {self.warm_up_s:.0f} s of normal time first, "
            f"faults of {self.fault_s:.0f} s, gaps times {self.gap_scale:g}. "
            "What no setting scales stays, such as the minutes within which occurrences are joined."
        )


QUICK = Pace(fault_s=100.0, watch_s=120.0, gap_scale=0.2)
"""For trying out. A fault is as long as the goal allows for the first right answer, and a bit. What
may pass until an incident is over is the goal's own: a log error needs three minutes of silence."""
