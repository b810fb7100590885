"""Which components are not the cause, and why not."""

from __future__ import annotations

from collections.abc import Sequence

from labo.domain.diagnosis.explanations import explained_by
from labo.domain.diagnosis.localisation.ranking import Ranked
from labo.domain.diagnosis.localisation.signals import IncidentContext
from labo.domain.diagnosis.missing import MAX_LISTED
from labo.domain.entities.diagnoses import RuledOut
from labo.domain.entities.reasons import ReasonKind, reason


def ruled_out_components(
    context: IncidentContext, ranked: Sequence[Ranked], suspected: set[str]
) -> tuple[RuledOut, ...]:
    """Components with data that are not the cause, except `suspected` ones, and why not."""
    import networkx as nx

    target = context.case.target
    linked = nx.descendants(context.graph, target) | {target}
    reachable = linked if context.is_linked else set(context.graph)
    explained = {
        r.component: explained_by(context, r, r.explained_by) for r in ranked if r.explained_by
    }
    ruled_out = []
    for component in sorted(context.signals):
        signal = context.signals[component]
        if component in suspected or signal is None:
            continue
        if component not in reachable:
            why = reason(ReasonKind.NOT_REACHABLE, component=component, target=target)
        elif component in explained:
            why = explained[component]
        elif signal.strength <= 0:
            why = reason(ReasonKind.NOT_DEVIATING, component=component)
        else:
            continue
        ruled_out.append(RuledOut(component, why))
    return tuple(ruled_out[:MAX_LISTED])
