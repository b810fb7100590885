"""What people do about an incident, beside resolving it; each is in its `timeline`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.incidents import IncidentChange, IncidentType
from api.graphql.occurrences import OccurrenceType
from api.graphql.pagination import IdArgument, key_of
from api.graphql.permissions import guarded
from labo.domain.entities.tokens import Scope

Version = Annotated[
    int | None,
    strawberry.argument(description="Only if the incident is still at this version."),
]
Reason = Annotated[str, strawberry.argument(description="Why; at most 2,000 characters.")]


@strawberry.type
class IncidentActsMutation:
    @guarded(Scope.OPERATE, "Say that you take notice of an incident; the first one counts.")
    async def acknowledge_incident(
        self, info: Info, id_: IdArgument, version: Version = None
    ) -> IncidentChange:
        acknowledged = await info.context.services.incidents.acknowledge(
            key_of(IncidentType, id_), by=info.context.caller.name, version=version
        )
        return IncidentType.from_domain(acknowledged)

    @guarded(Scope.OPERATE, "Say who handles an incident; `to: null` is nobody.")
    async def assign_incident(
        self,
        info: Info,
        id_: IdArgument,
        to: Annotated[
            str | None, strawberry.argument(description="A name of at most 120 characters.")
        ],
        version: Version = None,
    ) -> IncidentChange:
        assigned = await info.context.services.incidents.assign(
            key_of(IncidentType, id_), to, by=info.context.caller.name, version=version
        )
        return IncidentType.from_domain(assigned)

    @guarded(
        Scope.OPERATE,
        "Add a remark of at most 4,000 characters to the timeline, also of an incident that is "
        "over. What looks like a secret is blanked.",
    )
    async def comment_incident(self, info: Info, id_: IdArgument, text: str) -> IncidentChange:
        commented = await info.context.services.incidents.comment(
            key_of(IncidentType, id_), text, by=info.context.caller.name
        )
        return IncidentType.from_domain(commented)

    @guarded(Scope.OPERATE, "Give an incident a title that stays, whatever its diagnosis says.")
    async def rename_incident(
        self,
        info: Info,
        id_: IdArgument,
        title: Annotated[
            str, strawberry.argument(description="One line of at most 120 characters.")
        ],
        version: Version = None,
    ) -> IncidentChange:
        renamed = await info.context.services.incidents.rename(
            key_of(IncidentType, id_), title, by=info.context.caller.name, version=version
        )
        return IncidentType.from_domain(renamed)

    @guarded(Scope.OPERATE, "Put a resolved incident away for good.")
    async def close_incident(
        self, info: Info, id_: IdArgument, reason: Reason, version: Version = None
    ) -> IncidentChange:
        closed = await info.context.services.incidents.close(
            key_of(IncidentType, id_),
            by=info.context.caller.name,
            reason=reason,
            version=version,
        )
        return IncidentType.from_domain(closed)

    @guarded(
        Scope.OPERATE,
        "A new incident with some occurrences of another one; both are diagnosed again, and never "
        "merged by themselves. Answers with the new one.",
    )
    async def split_incident(
        self,
        info: Info,
        id_: IdArgument,
        occurrences: Annotated[
            list[strawberry.ID], strawberry.argument(description="1 to 1,000 of its occurrences.")
        ],
        reason: Reason,
        version: Version = None,
    ) -> IncidentChange:
        split = await info.context.services.regrouping.split(
            key_of(IncidentType, id_),
            [key_of(OccurrenceType, one) for one in occurrences],
            by=info.context.caller.name,
            reason=reason,
            version=version,
        )
        return IncidentType.from_domain(split)

    @guarded(
        Scope.OPERATE,
        "Move the occurrences, comments and confirmed causes of other incidents of the same system "
        "into one, which is diagnosed again; the others are closed. Idempotent.",
    )
    async def merge_incidents(
        self,
        info: Info,
        into: strawberry.ID,
        others: Annotated[
            list[strawberry.ID], strawberry.argument(description="1 to 50 incidents.")
        ],
        reason: Reason,
        version: Version = None,
    ) -> IncidentChange:
        merged = await info.context.services.regrouping.merge(
            key_of(IncidentType, into),
            [key_of(IncidentType, one) for one in others],
            by=info.context.caller.name,
            reason=reason,
            version=version,
        )
        return IncidentType.from_domain(merged)

    @guarded(
        Scope.OPERATE,
        "Take back what was confirmed to be the cause of an incident: it is no longer learnt from, "
        "its findings go, and its title follows the diagnosis. The timeline keeps both.",
    )
    async def withdraw_cause(
        self, info: Info, incident: strawberry.ID, reason: Reason
    ) -> IncidentChange:
        withdrawn = await info.context.services.causes.withdraw(
            key_of(IncidentType, incident), reason=reason, by=info.context.caller.name
        )
        return IncidentType.from_domain(withdrawn)
