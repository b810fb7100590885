"""The signatures of exchanged knowledge, and the table of rivals that they make."""

from __future__ import annotations

from collections.abc import Collection

from labo.domain.entities.conditions import condition_key
from labo.domain.knowledge.knowledge import Knowledge, KnownCondition, KnownProblem
from labo.domain.knowledge.signatures import Signature, signature_table
from labo.domain.metric_sets.sets import SignatureTable
from labo.errors import InvalidInput


def signatures_of(known: KnownProblem) -> list[Signature]:
    """One per condition, as the graph keeps them."""
    return [
        Signature(
            problem=known.key,
            condition=condition_key(known.role, c.metric, c.direction),
            metric=c.metric,
            direction=c.direction,
            role=known.role,
            hits=c.hits,
            misses=c.misses,
            false_hits=c.false_hits,
            quiets=c.quiets,
            size_sum=c.size_sum,
            size_squares=c.size_squares,
        )
        for c in known.conditions
    ]


def known_condition(signature: Signature) -> KnownCondition:
    """What of a signature travels with its problem."""
    return KnownCondition(
        signature.metric,
        signature.direction,
        signature.hits,
        signature.misses,
        signature.false_hits,
        signature.quiets,
        signature.size_sum,
        signature.size_squares,
    )


def knowledge_table(knowledge: Knowledge, keys: Collection[str] = ()) -> SignatureTable:
    """The problems named by `keys`, by default all with a signature, against each other.

    Raises InvalidInput for a key that the knowledge lacks, and when nothing is left.
    """
    known = {problem.key: problem for problem in knowledge.problems}
    for key in keys:
        if key not in known:
            raise InvalidInput(f"the problem {key!r} is not in the file", where="--problems")
    rivals = [known[key] for key in keys] or [p for p in known.values() if p.conditions]
    if not rivals:
        raise InvalidInput("no problem has a signature", where="--knowledge")
    downstream: dict[str, list[str]] = {}
    for edge in knowledge.edges:
        downstream.setdefault(edge.cause, []).append(edge.effect)
    found = [signature for problem in rivals for signature in signatures_of(problem)]
    return signature_table([problem.key for problem in rivals], found, {}, downstream)
