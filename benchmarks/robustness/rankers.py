"""The methods that the benchmark compares: to add one, import it and name it in `RANKERS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

import networkx as nx
import numpy as np

from benchmarks.pack_permuted import permuted
from benchmarks.robustness.answers import Answer, Ranker
from labo.adapters.knowledge_files import read_bundled
from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Analysis, Verdict, component_probabilities
from labo.domain.entities.series import Case, FloatArray
from labo.domain.entities.topology import call_graph
from labo.domain.knowledge.knowledge import Knowledge
from labo.services.knowledge.learnt_cache import LearntCache


def analysed(case: Case) -> Answer:
    """Labo's diagnosis with an empty graph; a component's score is its probability."""
    return _answer(analyse(case))


def with_pack(case: Case) -> Answer:
    """The same with the knowledge pack, as a new workspace has it."""
    return _answer(analyse(case, _pack(), _learnt_of_pack))


def with_permuted_pack(case: Case) -> Answer:
    """Control: the same with the pack under labels by chance."""
    return _answer(analyse(case, _permuted_pack(), _learnt_of_permuted_pack))


_pack = cache(read_bundled)
_learnt_of_pack = LearntCache()
_learnt_of_permuted_pack = LearntCache()


@cache
def _permuted_pack() -> Knowledge:
    return permuted(_pack())


def _answer(analysis: Analysis) -> Answer:
    probabilities = component_probabilities(analysis.suspects)
    return Answer(tuple(probabilities.items()), analysis.verdict)


def floored_deviation(before: FloatArray, during: FloatArray) -> float:
    """|median during - median before| / max(IQR, std / 4, 1 % of |median|) of `before`, unclipped;
    NaN where either has no finite value, infinite where a constant 0 changes."""
    before, during = before[np.isfinite(before)], during[np.isfinite(during)]
    if not before.size or not during.size:
        return float("nan")
    low, median, high = np.quantile(before, (0.25, 0.5, 0.75))
    scale = max(high - low, before.std() / 4, 0.01 * abs(median))
    difference = abs(np.median(during) - median)
    if scale > 0:
        return float(difference / scale)
    return float("inf") if difference > 0 else 0.0


@lru_cache(maxsize=1)  # a case is asked by both controls in turn
def largest_deviation(case: Case) -> Answer:
    """Control: each component's largest floored deviation; it calls nothing sure."""
    scores: dict[str, float] = {}
    for key, series in case.series.items():
        parts = [
            (series.timestamps >= window.start.timestamp())
            & (series.timestamps < window.end.timestamp())
            for window in (case.baseline, case.symptom)
        ]
        score = floored_deviation(*(series.values[part] for part in parts))
        if np.isfinite(score) or score > 0:
            scores[key.component] = max(score, scores.get(key.component, 0.0))
    return _ranked(scores.items())


def largest_reachable(case: Case) -> Answer:
    """Control: the same over the target and what it depends on in the call graph."""
    reached = {case.target, *nx.descendants(call_graph(case), case.target)}
    return _ranked(pair for pair in largest_deviation(case).ranked if pair[0] in reached)


def _ranked(scores: Iterable[tuple[str, float]]) -> Answer:
    ranked = sorted(scores, key=lambda pair: (-pair[1], pair[0]))
    return Answer(tuple(ranked), Verdict.INCONCLUSIVE)


RANKERS: Mapping[str, Ranker] = {
    "labo": analysed,
    "labo with the pack": with_pack,
    "labo with the pack, permuted": with_permuted_pack,
}
CONTROLS: Mapping[str, Ranker] = {
    "largest deviation": largest_deviation,
    "largest reachable": largest_reachable,
}
