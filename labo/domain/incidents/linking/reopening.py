"""What the timeline says of an incident that was over and goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from labo.domain.incidents.acts import AUTOMATIC, ENDED_BY_ITSELF, ActKind, IncidentAct, an_act
from labo.domain.incidents.incidents import IncidentStatus, Occurrence
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident


def reopening_acts(
    before: Iterable[LinkedIncident],
    grouped: Grouped,
    fresh: Mapping[str, Occurrence],
    describe: Callable[[Occurrence], str],
) -> Iterator[IncidentAct]:
    """Of each resolved incident that a `fresh` occurrence (by id) reopened: its former end and,
    named by `describe`, what reopened it, also where that is over already."""
    joined: dict[str, list[Occurrence]] = {}
    for incident, key in grouped.included:
        joined.setdefault(incident, []).append(fresh[key])
    lasting = {one.incident.id for one in grouped.incidents if not one.incident.merged_into}
    for one in before:
        was, over_since = one.incident, one.incident.resolved_at
        if was.status is not IncidentStatus.RESOLVED or over_since is None:
            continue
        again = [
            occurrence
            for occurrence in joined.get(was.id, ())
            if occurrence.ended_at is None or occurrence.started_at > over_since
        ]
        if again and was.id in lasting:
            first = min(again, key=lambda o: (o.started_at, o.id))
            at, text = max(first.started_at, over_since), f"{describe(first)} began again"
            ended = was.resolution or ENDED_BY_ITSELF
            yield an_act(was.id, ActKind.RESOLVED, AUTOMATIC, over_since, ended)
            yield an_act(was.id, ActKind.REOPENED, AUTOMATIC, at, text)
