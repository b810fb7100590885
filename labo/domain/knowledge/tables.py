"""The table of rival problems from exchanged knowledge."""

from __future__ import annotations

from collections.abc import Collection

from labo.domain.knowledge.knowledge import Knowledge
from labo.domain.knowledge.signatures import signature_table
from labo.domain.metric_sets.sets import SignatureTable
from labo.errors import InvalidInput


def knowledge_table(knowledge: Knowledge, keys: Collection[str] = ()) -> SignatureTable:
    """The table of the problems in `keys`, by default of all that have a signature.

    Raises InvalidInput for an unknown key, and when no problem is left.
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
    found = [signature for problem in rivals for signature in problem.conditions]
    return signature_table([problem.key for problem in rivals], found, {}, downstream)
