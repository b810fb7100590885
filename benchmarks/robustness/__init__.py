"""Asks every method the same incidents under control variations; a diagnosis sees no label."""

from benchmarks.robustness.report import run

__all__ = ["run"]
