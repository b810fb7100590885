"""What the escalation knows about a case, and how far a model's opinion may change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from labo.domain.entities.diagnoses import Diagnosis, Suspect, Verdict
from labo.domain.entities.keys import system_and_name
from labo.domain.escalation.action_templates import Template
from labo.domain.escalation.proposals import EscalationLevel
from labo.domain.escalation.stages import Stage
from labo.domain.incidents.acts import AUTOMATIC
from labo.domain.incidents.incidents import Incident
from labo.domain.knowledge.similar_incidents import IncidentSummary, SimilarIncident

NO_DIAGNOSIS = "none"
"""The diagnosis id of an incident that has no diagnosis yet."""

_LOWER = {Verdict.CONFIRMED: Verdict.LIKELY, Verdict.LIKELY: Verdict.INCONCLUSIVE}


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The input of an escalation level. `chances`, by template id, are the learnt probabilities
    that the action works for this problem here; `comments` are what people said, `proposed` what
    was proposed before and what became of it, `attempts` what was executed and whether it helped;
    the latest last. `seen` are keys of behaviours that detection saw on the leading suspect.
    """

    incident: Incident
    summary: IncidentSummary
    diagnosis: Diagnosis | None
    similar: tuple[SimilarIncident, ...]
    templates: tuple[Template, ...]
    chances: Mapping[str, float] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()

    @property
    def verdict(self) -> Verdict:
        return self.diagnosis.analysis.verdict if self.diagnosis else Verdict.INCONCLUSIVE

    @property
    def suspects(self) -> tuple[Suspect, ...]:
        return self.diagnosis.analysis.suspects if self.diagnosis else ()

    @property
    def diagnosis_id(self) -> str:
        return self.diagnosis.id if self.diagnosis else NO_DIAGNOSIS

    @property
    def component_names(self) -> tuple[str, ...]:
        """Components that an action may target: suspects first, then the incident's own."""
        own = (system_and_name(key)[1] for key in self.summary.components)
        return tuple(dict.fromkeys((*(s.component for s in self.suspects), *own)))


@dataclass(frozen=True, slots=True)
class EscalationState:
    """Where an incident stands in the escalation. `diagnosis` (id) and `stage` are None before the
    first escalation; `moves` counts the transitions, of which each is stored once; `execution` (id)
    is the newest one; `since` is when the stage began."""

    escalation_level: EscalationLevel
    diagnosis: str | None
    verdict: str | None
    note: str | None
    stage: Stage | None = None
    moves: int = 0
    execution: str | None = None
    since: datetime | None = None
    moved_by: str = ""

    @property
    def requested_by(self) -> str:
        """The person who asked for the level that is to answer; empty where nobody did."""
        automatic = self.moved_by == AUTOMATIC or self.moved_by.startswith("policy:")
        return "" if automatic else self.moved_by


def doubted(verdict: Verdict) -> Verdict:
    """The next lower verdict. A model's opinion can only lower a verdict, never raise it."""
    return _LOWER.get(verdict, verdict)
