"""What one labelled incident adds to the signature of its problem: sums, so that learning
commutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite

from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.entities.scale import MAX_DEVIATION
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.knowledge.signatures import SEEN_FROM, Signature

_WAYS = ((Direction.HIGH, 1.0), (Direction.LOW, -1.0))


def increments(labelled_incident: LabelledIncident) -> list[Signature]:
    """Two links per metric read: that it goes high, and that it goes low, each a hit or a miss.

    Quiet metrics are part of the signature: what a problem leaves alone tells it from others.
    Both links carry the reading's size, so either is complete in itself. What the labelled incident
    says about the other problems' signatures follows from these: see `with_others`.
    """
    found = []
    for metric in sorted(labelled_incident.z_scores):
        z_score = labelled_incident.z_scores[metric]
        if not isfinite(z_score):
            continue
        size = max(-MAX_DEVIATION, min(MAX_DEVIATION, z_score))
        for way, sign in _WAYS:
            seen = sign * size >= SEEN_FROM
            found.append(
                Signature(
                    problem=labelled_incident.problem,
                    condition=condition_key(labelled_incident.role, metric, way),
                    metric=metric,
                    direction=way,
                    role=labelled_incident.role,
                    hits=int(seen),
                    misses=int(not seen),
                    size_sum=size,
                    size_squares=size * size,
                )
            )
    return found


def with_others(signatures: Iterable[Signature]) -> list[Signature]:
    """The signatures with `false_hits` and `quiets`: what the others of the role counted.

    A condition's hits under every other problem are its false hits here, the misses its quiets;
    so they need no book-keeping, whatever the order of labelled incidents was.
    """
    held = list(signatures)
    hits: dict[str, int] = {}
    misses: dict[str, int] = {}
    for one in held:
        hits[one.condition] = hits.get(one.condition, 0) + one.hits
        misses[one.condition] = misses.get(one.condition, 0) + one.misses
    return [
        replace(
            one,
            false_hits=hits[one.condition] - one.hits,
            quiets=misses[one.condition] - one.misses,
        )
        for one in held
    ]
