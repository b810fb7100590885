"""What one labelled incident adds to the signature of its problem: sums, so that learning
commutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite

from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.entities.scale import LARGEST_DEVIATION
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.knowledge.signatures import SEEN_FROM, Signature

_WAYS = ((Direction.HIGH, 1.0), (Direction.LOW, -1.0))


def increments(labelled_incident: LabelledIncident) -> list[Signature]:
    """Two links per measured metric, high and low, each with a hit or a miss.

    Quiet metrics are part of the signature: what a problem does not move distinguishes it too.
    Both links carry the size, so that each is complete in itself. The counts of the other problems'
    signatures are derived from these: see `with_others`.
    """
    links = []
    for metric in sorted(labelled_incident.z_scores):
        z_score = labelled_incident.z_scores[metric]
        if not isfinite(z_score):
            continue
        size = max(-LARGEST_DEVIATION, min(LARGEST_DEVIATION, z_score))
        for way, sign in _WAYS:
            observed = sign * size >= SEEN_FROM
            links.append(
                Signature(
                    problem=labelled_incident.problem,
                    condition=condition_key(labelled_incident.role, metric, way),
                    metric=metric,
                    direction=way,
                    role=labelled_incident.role,
                    hits=int(observed),
                    misses=int(not observed),
                    size_sum=size,
                    size_squares=size * size,
                )
            )
    return links


def with_others(signatures: Iterable[Signature]) -> list[Signature]:
    """The signatures with `false_hits` and `quiets`, from the counts of the role's other problems.

    A condition's hits under every other problem are its false hits here, the misses its quiets;
    so they need not be counted separately, whatever the order of labelled incidents was.
    """
    links = list(signatures)
    hits: dict[str, int] = {}
    misses: dict[str, int] = {}
    for one in links:
        hits[one.condition] = hits.get(one.condition, 0) + one.hits
        misses[one.condition] = misses.get(one.condition, 0) + one.misses
    return [
        replace(
            one,
            false_hits=hits[one.condition] - one.hits,
            quiets=misses[one.condition] - one.misses,
        )
        for one in links
    ]
