"""Component and problem together: hypotheses `problem@component` of a case, which sum to 1."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from labo.domain.diagnosis.classification.attribution import (
    Hypothesis,
    Identified,
    attributed_to,
    doubted,
    hypotheses_of,
    likeliest_first,
)
from labo.domain.diagnosis.classification.effects import Effects, leaks, outgoing_edges
from labo.domain.diagnosis.classification.feature_vectors import (
    FeatureVector,
    feature_vectors,
    measured_by,
)
from labo.domain.diagnosis.classification.fingerprint import fingerprints
from labo.domain.diagnosis.classification.hypotheses import PRIOR_NONE, Weighed, weigh
from labo.domain.diagnosis.classification.learnt import Learnt, LearntOf, learnt_of
from labo.domain.diagnosis.classification.model import build_model, tables_of
from labo.domain.diagnosis.classification.redundancy import redundancy
from labo.domain.diagnosis.classification.resemblance import Resemblance
from labo.domain.diagnosis.classification.reweighed import reweighed
from labo.domain.diagnosis.classification.support import Support, labels_behind
from labo.domain.diagnosis.classification.weights import Weights
from labo.domain.entities.series import Case, SeriesKey
from labo.domain.entities.topology import call_graph, role_of
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem
from labo.domain.knowledge.signatures import SEEN_FROM

ALONE = float(np.log(100.0))
"""Log-odds from which a signature is sufficient evidence by itself: with dozens of components
compared, weaker matches occur by chance (ADR 0021: 100 to 1)."""
LEARNT_ALONE = -float(np.log(PRIOR_NONE))
"""The same for weights, which were trained on affected components as well: rather a cause than one
of them."""


class Comparison:
    """One case against the knowledge; components are compared lazily."""

    def __init__(self, case: Case, knowledge: Knowledge, learnt: LearntOf = learnt_of) -> None:
        self._case, self._knowledge, self._learnt_of = case, knowledge, learnt
        self._calls = call_graph(case)
        self._weighed: dict[str, Weighed | None] = {}
        self._tables = tables_of(knowledge.problems)
        self._metrics = {
            c.metric for p in knowledge.problems for c in p.conditions if c.hits or c.misses
        }

    def weighed(self, component: str) -> Weighed | None:
        """The hypotheses about one component; None where no known problem is comparable."""
        if component not in self._weighed:
            self._weighed[component] = self._weigh(component)
        return self._weighed[component]

    def matches(self, component: str, *, alone: bool = False) -> bool:
        """Whether the z-scores there match a known problem better than anything else; `alone`
        requires stronger evidence, where nothing else indicates any problem at all."""
        margin = 0.0 if not alone else ALONE if self._weights is None else LEARNT_ALONE
        weighed = self.weighed(component)
        if weighed is None:
            return False
        return weighed.known > float(np.logaddexp(weighed.unknown, weighed.none)) + margin

    def is_borrowed(self, component: str) -> bool:
        """Whether the likeliest problem there was never labelled in this workspace."""
        weighed = self.weighed(component)
        return weighed is not None and _best(weighed).is_imported

    def cause_log_odds(self, component: str) -> float | None:
        """Log-odds by the weights that this is a root cause; None without learnt weights."""
        by_title = self._log_odds.get(component)
        return float(np.logaddexp.reduce(list(by_title.values()))) if by_title else None

    def support(self, component: str) -> Support:
        """What knowledge says of a cause there, to be added to what telemetry alone says; nothing
        where no known problem is comparable.

        Learnt weights distinguish causes from affected components by all causes they were trained
        on; a signature rests on the labelled incidents of its own problem.
        """
        weighed = self.weighed(component)
        if weighed is None:
            return Support()
        if weighed.learnt:
            labels = labels_behind(self._knowledge.training_examples)
            return Support(weighed.component_factor, labels, knows_affected=True)
        return Support(weighed.component_factor, _best(weighed).labelled_incidents)

    def supporting_metrics(self, component: str, title: str) -> list[tuple[str, float]]:
        """The metrics that support a cause of this title here by the weights, with their log-odds
        against an affected component, the strongest first. Empty for a title without weights."""
        weights = self._weights
        if weights is None or title not in weights.titles or component not in self._feature_vectors:
            return []
        column = weights.titles.index(title) + 1
        contributions = weights.contributions(self._feature_vectors[component])
        log_odds = [
            (metric, float(contribution[column] - contribution[0]))
            for metric, contribution in contributions.items()
        ]
        return sorted(((m, o) for m, o in log_odds if o > 0), key=lambda pair: (-pair[1], pair[0]))

    def identify(self, shares: Mapping[str, float], compared: Collection[str]) -> Identified:
        """Classify the `compared` ones of the components, each with its share (sum at most 1).

        The share is divided among the problems there: what it is does not change where it is. Of
        equal shares the one that is given first comes first.
        """
        parts: list[tuple[float, Hypothesis]] = []
        weighed, novel = {}, {}
        for component, share in shares.items():
            own = self.weighed(component) if component in compared else None
            if share <= 0:
                continue
            if own is None:
                parts.append((float(np.log(share)), Hypothesis(component, (), 0.0)))
                continue
            weighed[component] = own
            here = hypotheses_of(component, own, float(np.log(share)))
            resemblance = self._resemblance(component, here)
            if resemblance and resemblance.is_novel:
                here, novel[component] = doubted(here, resemblance), resemblance
            parts.extend(here)
        hypotheses = [replace(one, probability=float(np.exp(weight))) for weight, one in parts]
        hypotheses.sort(key=likeliest_first)
        attributed = tuple(attributed_to(hypotheses, [*shares]))
        return Identified(tuple(hypotheses), attributed, weighed, novel)

    def _resemblance(
        self, component: str, parts: Sequence[tuple[float, Hypothesis]]
    ) -> Resemblance | None:
        """Of the component's deviations to the labelled incidents of the problems that lead there;
        None where there are none to compare with."""
        _, leading = max((part for part in parts if part[1].problems), key=lambda part: part[0])
        prototypes, given = self._learnt.prototypes, self._feature_vectors.get(component)
        if prototypes is None or not given:
            return None
        return prototypes.resemblance(given, [problem.title for problem in leading.problems])

    def is_calm(self, component: str) -> bool:
        """Whether no metric that knowledge refers to deviates there."""
        return all(abs(z_score) < SEEN_FROM for z_score in self.z_scores(component).values())

    def z_scores(self, component: str) -> dict[str, float]:
        """Metric → robust z-score, of the metrics that knowledge refers to."""
        return self._z_scores.get(component, {})

    @cached_property
    def _z_scores(self) -> dict[str, dict[str, float]]:
        measured = {key.component for key in self._case.series}
        return fingerprints(self._case, measured | set(self._calls), self._metrics)

    def _weigh(self, component: str) -> Weighed | None:
        z_scores = self.z_scores(component)
        # A template that nobody writes here is quiet, but alone it compares nothing.
        if not any(SeriesKey(component, metric) in self._case.series for metric in z_scores):
            return None
        role = role_of(self._case, component)
        model = build_model(self._tables, role, z_scores)
        if model is None:
            return None
        weighed = weigh(model, z_scores, redundancy(self._case, component, z_scores))
        log_odds = self._log_odds.get(component)
        if log_odds and (not self._is_lent or _best(weighed).title in log_odds):
            weighed = reweighed(weighed, log_odds)
        factors = [self._effects.factor(problem.key, component) for problem in model.problems]
        return replace(weighed, singles=weighed.singles + np.array(factors))

    @cached_property
    def _log_odds(self) -> dict[str, dict[str, float]]:
        weights = self._weights
        if weights is None:
            return {}
        return {
            component: weights.log_odds(role_of(self._case, component), features)
            for component, features in self._feature_vectors.items()
        }

    @cached_property
    def _is_lent(self) -> bool:
        """Whether the weights are other people's: what a label of one's own names is beyond them,
        and looks like an affected component to them."""
        return any(one.is_imported for one in self._knowledge.training_examples)

    @property
    def _weights(self) -> Weights | None:
        return self._learnt.weights

    @cached_property
    def _learnt(self) -> Learnt:
        training_examples = self._knowledge.training_examples
        role = partial(role_of, self._case)
        return (
            self._learnt_of(training_examples, measured_by(self._case, role))
            if training_examples
            else Learnt()
        )

    @cached_property
    def _feature_vectors(self) -> dict[str, FeatureVector]:
        return feature_vectors(self._case, {key.component for key in self._case.series})

    @cached_property
    def _effects(self) -> Effects:
        return Effects(
            outgoing=outgoing_edges(self._knowledge, self._case.system),
            leaks=leaks(self._knowledge),
            problems={problem.key: problem for problem in self._knowledge.problems},
            calls=self._calls,
            role=lambda name: role_of(self._case, name),
            shown=self.shown,
            system=self._case.system,
        )

    def shown(self, problem: KnownProblem, component: str) -> float:
        """Log likelihood ratio of the component's z-scores under that problem against no problem;
        0 without comparable data."""
        z_scores = self.z_scores(component)
        table = tables_of([problem])
        model = build_model(table, problem.role, z_scores) if z_scores else None
        if model is None:
            return 0.0
        weighed = weigh(model, z_scores, redundancy(self._case, component, z_scores))
        return float(weighed.ratios[0] - weighed.no_fault)


def _best(weighed: Weighed) -> KnownProblem:
    """The likeliest single problem there."""
    return weighed.model.problems[int(weighed.singles.argmax())]
