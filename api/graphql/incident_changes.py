"""Following incidents as they change, over WebSocket or server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from api.deadline import in_time
from api.graphql.context import Info
from api.graphql.incidents import IncidentType
from api.graphql.pagination import key_of
from api.graphql.permissions import guarded_stream
from labo.domain.entities.tokens import Scope
from labo.domain.incidents.incidents import IncidentStatus


@strawberry.type
class IncidentChangesSubscription:
    @guarded_stream(
        Scope.READ,
        "Incidents as they change, by default in any `status`; a named one is sent at once "
        "in its present state, if that is one of `status`.",
    )
    async def incident_changed(
        self,
        info: Info,
        id_: Annotated[strawberry.ID | None, strawberry.argument(name="id")] = None,
        status: list[IncidentStatus] | None = None,
    ) -> AsyncGenerator[IncidentType, None]:
        wanted = key_of(IncidentType, id_) if id_ else None
        caller, app = info.context.caller, info.context.app
        subscribed = app.changes.subscribed(
            caller.workspace,
            f"{caller.workspace}/{caller.name}",
            timeout_s=app.settings.api.answer_s,
        )
        async with subscribed as changed_ids:
            if wanted and (present := await _present(info, wanted, status)):
                yield present
            async for changed in changed_ids:
                incident = changed or wanted  # it may be the wanted one whose change was missed
                if incident is None or wanted not in (None, incident):
                    continue
                async with in_time(app.settings.api.answer_s):
                    await info.context.check_again()
                if present := await _present(info, incident, status):
                    yield present


async def _present(
    info: Info, incident: str, statuses: list[IncidentStatus] | None
) -> IncidentType | None:
    """The incident as it is now, unless it is gone or its status isn't among those wanted."""
    info.context.forget()
    async with in_time(info.context.app.settings.api.answer_s):
        present = await info.context.loaders.cases.incident.load(incident)
    if present is None or (statuses is not None and present.status not in statuses):
        return None
    return IncidentType.from_domain(present)
