"""Which evidence a claim has yet to count, and which problems it now connects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from labo.domain.causality.belief import is_folded, with_evidence
from labo.domain.causality.edges import CausalEdge, Evidence
from labo.domain.causality.merging import moved


def canonical_claim(claimed: CausalEdge, canonical: Mapping[str, str]) -> CausalEdge | None:
    """`claimed` between the canonical problems of its ends; None when both are now the same.

    `canonical` is by problem key; a problem that is absent stands for itself. A claim neither of
    whose problems was merged is returned unchanged.
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
    """Those of `pieces` that are still to be counted for `edge`, in order and under its key.

    Left out are repeated ids, those `known` (already saved), and observations from before the
    edge's folding horizon: its checkpoint may contain them.
    """
    horizon = edge.folded_until
    by_id = {piece.id: piece for piece in pieces}
    return tuple(
        replace(piece, edge=edge.key)
        for piece in by_id.values()
        if piece.id not in known and not (horizon and is_folded(piece, horizon))
    )


def counted(
    saved: CausalEdge | None,
    claimed: CausalEdge,
    pieces: Iterable[Evidence],
    known: Collection[str] = (),
) -> tuple[CausalEdge, tuple[Evidence, ...]]:
    """The claim after its new evidence, and that evidence; without any, a saved claim unchanged.

    `saved` is the record of `claimed`, None when the claim is new; `known` are the ids of saved
    evidence.
    """
    edge = saved or replace(claimed, version=0)
    new = uncounted(edge, pieces, known)
    if saved is not None and not new:
        return saved, ()
    return with_evidence(edge, *new), new
