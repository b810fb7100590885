"""Which evidence a claim has yet to count, and between which problems it is made now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from labo.domain.causality.belief import is_folded, with_evidence
from labo.domain.causality.edges import CausalEdge, Evidence
from labo.domain.causality.merging import moved


def canonical_claim(claimed: CausalEdge, canonical: Mapping[str, str]) -> CausalEdge | None:
    """`claimed` between the problems that its ends stand for; None when both are one by now.

    `canonical` is by problem key; an end that is absent stands for itself. A claim that no end
    of was merged comes back as it is.
    """
    for end in sorted({claimed.cause, claimed.effect}):
        into = canonical.get(end, end)
        if into != end:
            now = moved(claimed, source=end, into=into)
            if now is None:
                return None
            claimed = now
    return claimed


def uncounted(
    edge: CausalEdge, pieces: Iterable[Evidence], known: Collection[str]
) -> tuple[Evidence, ...]:
    """What of `pieces` is still to be counted for `edge`, in their order and under its key.

    Left out are repeated ids, those `known` (kept already), and observations from before what
    the edge has folded: they may be in its checkpoint.
    """
    horizon = edge.folded_until
    by_id = {piece.id: piece for piece in pieces}
    return tuple(
        replace(piece, edge=edge.key)
        for piece in by_id.values()
        if piece.id not in known and not (horizon and is_folded(piece, horizon))
    )


def counted(
    kept: CausalEdge | None,
    claimed: CausalEdge,
    pieces: Iterable[Evidence],
    known: Collection[str] = (),
) -> tuple[CausalEdge, tuple[Evidence, ...]]:
    """The claim after its new evidence, and that evidence; without any, a kept claim as it is.

    `kept` is the record of `claimed`, None when the claim is new; `known` are the ids of evidence
    that is kept.
    """
    edge = kept or replace(claimed, version=0)
    new = uncounted(edge, pieces, known)
    if kept is not None and not new:
        return kept, ()
    return with_evidence(edge, *new), new
