"""Learning the knowledge pack that comes with Labo: `labo lab pack`.

Every kind of fault is provoked once in each of `SYSTEMS`, labelled by what was asked for, and
learnt. No public data set is read, and none of these systems is asked about in a benchmark. The
same code writes the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.identification_cases import knowledge_of
from benchmarks.lab_cases import Incident, each_kind, provoke, same_host
from benchmarks.pack_card import PackFigures, card
from benchmarks.pack_edges import learnt_edges
from labo.adapters.knowledge_files import PACK, lent, write_knowledge
from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.support import MOST_IMPORTED
from labo.domain.entities.diagnoses import SURE, Analysis
from labo.domain.entities.keys import hypothesis_key
from labo.domain.knowledge.calibration import Calibration, Claim, calibrate
from labo.domain.knowledge.experiences import NON_ROOT, LabelledIncident, TrainingExample
from labo.domain.knowledge.knowledge import Knowledge
from labo.domain.learning.labelled_incidents import Claimed, labelled_incidents_of
from labo.domain.telemetry.log_rates import is_template_rate
from labo.services.knowledge.learnt_cache import LearntCache

SYSTEMS = tuple(
    f"random-{size}-{seed}"
    for size, seed in ((8, 601), (12, 602), (16, 603), (10, 604), (12, 605), (14, 606))
)
"""Of several sizes. No other module has these seeds."""
SEED = 1
DECIMALS = 1
"""Of a feature in the pack: a tenth of the baseline's scale is less than any step of the weights
(`weights.STEPS`)."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An incident with what its label teaches."""

    incident: Incident
    labels: tuple[LabelledIncident, ...]

    @property
    def roots(self) -> set[str]:
        """The components that are right."""
        [(kind, root)] = self.incident.truth
        return same_host(self.incident, kind, root)


def labelled_as_asked(incident: Incident) -> Labelled:
    """The incident's label learnt, without templates of log lines: the simulator's words are not
    those of other systems, where their absence would count against a problem."""
    label = tuple(hypothesis_key(kind, root) for kind, root in incident.truth)
    found = labelled_incidents_of(replace(incident.case, label=label), Claimed())
    return Labelled(incident, tuple(map(_general, found.labelled_incidents)))


def _general(label: LabelledIncident) -> LabelledIncident:
    z_scores = {m: value for m, value in label.z_scores.items() if not is_template_rate(m)}
    examples = tuple(_rounded(one, label.problem) for one in label.training_examples)
    return replace(label, z_scores=z_scores, training_examples=examples)


def _rounded(one: TrainingExample, problem: str) -> TrainingExample:
    features = {
        feature: round(value, DECIMALS)
        for feature, value in one.features.items()
        if not is_template_rate(feature)
    }
    return replace(one, features=features, problem="" if one.title == NON_ROOT else problem)


def pack_of(labelled: Iterable[Labelled]) -> Knowledge:
    """What all of them teach: signatures of at most `MOST_IMPORTED` incidents a problem, so that
    none counts as more labels, and the training examples of all."""
    labels = [label for one in labelled for label in one.labels]
    counted: Counter[str] = Counter()
    first = []
    for label in labels:
        counted[label.problem] += 1
        if counted[label.problem] <= MOST_IMPORTED:
            first.append(label)
    examples = tuple(example for label in labels for example in label.training_examples)
    return replace(knowledge_of(first), training_examples=examples, resolved_incidents=len(labels))


def left_out(labelled: Sequence[Labelled]) -> tuple[PackFigures, Calibration]:
    """How right the pack is in a system that it was not learnt in, each left out once, and the
    calibration by what was claimed there."""
    alone, trained, claims = [], [], list[Claim]()
    named = 0
    for system in dict.fromkeys(one.incident.system for one in labelled):
        print(f"  asking {system} without its own incidents", file=sys.stderr, flush=True)
        known = lent(pack_of(one for one in labelled if one.incident.system != system))
        learnt = LearntCache()
        for one in (one for one in labelled if one.incident.system == system):
            alone.append(_is_right(one, analyse(one.incident.case)))
            found = analyse(one.incident.case, known, learnt)
            trained.append(_is_right(one, found))
            kind = one.incident.truth[0][0]
            named += trained[-1][0] and found.suspects[0].problem == kind
            if found.suspects:
                claims.append(Claim(found.suspects[0].probability, trained[-1][0], found.verdict))
    figures = PackFigures(
        asked=len(labelled),
        right_alone=sum(right for right, _ in alone),
        wrong_alone=sum(wrong for _, wrong in alone),
        right=sum(right for right, _ in trained),
        wrong=sum(wrong for _, wrong in trained),
        named=named,
    )
    return figures, calibrate(claims)


def _is_right(one: Labelled, found: Analysis) -> tuple[bool, bool]:
    """Whether the first suspect is right, and whether a sure verdict is wrong."""
    right = any(suspect.component in one.roots for suspect in found.suspects[:1])
    return right, found.verdict in SURE and not right


def learn_pack(workers: int) -> tuple[Knowledge, str]:
    """The pack and its card."""
    jobs = [job for system in SYSTEMS for job in each_kind(system, SEED)]
    labelled = [labelled_as_asked(one) for one in provoke(jobs, workers)]
    figures, calibration = left_out(labelled)
    problems, edges = learnt_edges(SYSTEMS, SEED, workers)
    learnt = pack_of(labelled)
    named = {problem.key for problem in learnt.problems}
    ends = tuple(problem for problem in problems if problem.key not in named)
    pack = replace(learnt, problems=(*learnt.problems, *ends), edges=edges, calibration=calibration)
    return pack, card(pack, figures, SYSTEMS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pack and its card once all of it is learnt; Ctrl-C before that writes nothing."""
    parser = argparse.ArgumentParser(prog="labo lab pack", description=main.__doc__)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, default=Path("labo/data") / PACK)
    options = parser.parse_args(arguments)
    try:
        pack, text = learn_pack(options.jobs)
    except KeyboardInterrupt:
        sys.exit(130)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_knowledge(options.out, pack)
    (options.out.parent / "README.md").write_text(text, encoding="utf-8")
    print(f"{options.out}: {options.out.stat().st_size} bytes, {len(pack.problems)} problems")


if __name__ == "__main__":
    main()
