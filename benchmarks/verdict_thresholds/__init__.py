"""Fits how probable it is that an answer is right, and chooses from where it is LIKELY."""

from benchmarks.verdict_thresholds.report import run

__all__ = ["run"]
