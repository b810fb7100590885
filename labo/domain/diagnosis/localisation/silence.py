"""Which series fell silent because their component stopped, and not because nobody called it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.symptom import Symptom
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.telemetry.rollups import is_client_side

VANISHED_S = 30.0
"""Seconds without a sample, at least two bins, from which a steady series counts as vanished: spans
are sent every few seconds, and a process under load is some of them late. By judgement."""
WITHIN_S = 60.0
"""Widest bin, in seconds, of which a part may be silent and count: a process stops in a moment, and
a sparse series has a value in some of its bins of five minutes. By judgement."""
STEADY = 0.9
"""Share of the baseline's bins in which a series has to have a value, so that none means something.
By judgement."""


def vanished_rows(grid: Grid, symptom: Symptom) -> npt.NDArray[np.bool_]:
    """Per series: steady before, some samples just before the symptom, and none in its bad bins.

    In the first bad bin it may have some where bins are fine: what stops, stops within one. A
    sample without a value, such as 0/0, is unknown: its component does report. So does one with
    another series that goes on: many have values only while there are calls. What callers measure,
    as of a database, ends with the calls and says nothing.
    """
    onset = int(np.argmax(symptom.focus))
    silent = symptom.focus.copy()
    silent[onset] = grid.step > WITHIN_S and silent[onset]
    local, known = np.isfinite(grid.local), np.isfinite(grid.baseline)
    is_long = silent.sum() >= 2 and silent.sum() * grid.step >= VANISHED_S
    if not (is_long and onset and known.shape[1]):
        return np.zeros(len(grid.keys), dtype=bool)
    is_heard = np.asarray((local | grid.reported)[:, silent].any(axis=1), dtype=bool)
    is_steady = (known.mean(axis=1) >= STEADY) & (local[:, :onset].mean(axis=1) >= 0.5)
    reporting = {
        key.component
        for key, heard in zip(grid.keys, is_heard, strict=True)
        if heard and not is_derived(key.metric)
    }
    says_nothing = [
        key.component in reporting or is_client_side(key.metric) or is_derived(key.metric)
        for key in grid.keys
    ]
    vanished: npt.NDArray[np.bool_] = is_steady & ~is_heard & ~np.array(says_nothing, dtype=bool)
    return vanished
