"""One entry of an incident's timeline."""

from __future__ import annotations

from datetime import datetime

import strawberry

from labo.domain.incidents.acts import ActKind, IncidentAct


@strawberry.type(name="IncidentAct", description="What was done about an incident.")
class IncidentActType:
    kind: ActKind
    by: str = strawberry.field(description="`labo` where no person did it.")
    at: datetime
    text: str = strawberry.field(description="What was said, or to whom or what it was done.")
    stage: str | None = strawberry.field(description="Where the escalation went, when it did.")
    level: str | None = strawberry.field(description="The escalation level that it had reached.")
    tokens: int = strawberry.field(description="Spent on models to come there.")

    @classmethod
    def from_domain(cls, act: IncidentAct) -> IncidentActType:
        return cls(
            kind=act.kind,
            by=act.by,
            at=act.at,
            text=act.text,
            stage=act.stage or None,
            level=act.level or None,
            tokens=act.tokens,
        )
