"""The names in the graph, once. The Cypher lint, the docs page and the Browser guide read them.

Every node also carries `COMMON` properties; instance nodes carry `INSTANCE` ones too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum

from labo.domain.causality.edges import CausalEdge, Evidence
from labo.domain.escalation.blocks import Block, Lift
from labo.domain.escalation.executions import Execution
from labo.domain.governance.autonomy import Controls
from labo.domain.governance.llm_calls import LlmCall


class Label(StrEnum):
    COMPONENT = "Component"
    METRIC = "Metric"
    CONDITION = "Condition"
    PROBLEM = "Problem"
    CAUSAL_EDGE = "CausalEdge"
    EVIDENCE = "Evidence"
    EVENT = "Event"
    JOB = "Job"
    OCCURRENCE = "Occurrence"
    INCIDENT = "Incident"
    INCIDENT_ACT = "IncidentAct"
    DIAGNOSIS = "Diagnosis"
    METRIC_SET = "MetricSet"
    PROPOSAL = "Proposal"
    DECISION = "Decision"
    EXECUTION = "Execution"
    CONTROLS = "Controls"
    FINDING = "Finding"
    ACTION_BLOCK = "ActionBlock"
    BLOCK_LIFT = "BlockLift"
    REPORT = "Report"
    RESOLUTION = "Resolution"
    EXPERIENCE = "Experience"
    SCENARIO = "Scenario"
    EXPERIMENT = "Experiment"
    LAB_RUN = "LabRun"
    LAB_ROUND = "LabRound"
    SNAPSHOT = "Snapshot"
    KNOWLEDGE_SOURCE = "KnowledgeSource"
    TEMPLATE = "Template"
    TEMPLATE_VERSION = "TemplateVersion"
    LLM_CALL = "LlmCall"
    LLM_ACCOUNT = "LlmAccount"
    BUDGET = "Budget"
    AUDIT_ENTRY = "AuditEntry"
    TOKEN = "Token"  # noqa: S105 - a label, not a secret
    MIGRATION = "Migration"
    LOCK = "Lock"


class RelationshipType(StrEnum):
    DEPENDS_ON = "DEPENDS_ON"
    EXPOSES = "EXPOSES"
    OF = "OF"
    SHOWS = "SHOWS"
    CAUSE_OF = "CAUSE_OF"
    EFFECT_ON = "EFFECT_ON"
    CAUSES = "CAUSES"
    ABOUT = "ABOUT"
    FROM = "FROM"
    SIGNALS = "SIGNALS"
    INSTANCE_OF = "INSTANCE_OF"
    ON = "ON"
    MEETS = "MEETS"
    INCLUDES = "INCLUDES"
    SPLIT_FROM = "SPLIT_FROM"
    DIAGNOSED_BY = "DIAGNOSED_BY"
    SUSPECTS = "SUSPECTS"
    CAUSED_BY = "CAUSED_BY"
    SEPARATES = "SEPARATES"
    USES = "USES"
    FOR = "FOR"
    DECIDES = "DECIDES"
    ALLOWED_BY = "ALLOWED_BY"
    LIFTS = "LIFTS"
    RUNS = "RUNS"
    TESTS = "TESTS"
    AFTER = "AFTER"
    FOLLOWS = "FOLLOWS"
    OVERLAPS = "OVERLAPS"


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _fields(record: type, stored_as: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """A record that is stored whole, by its fields; INSTANCE are not its own."""
    names = (f.name for f in dataclasses.fields(record) if f.name not in INSTANCE)
    return tuple((stored_as or {}).get(name, name) for name in names)


COMMON = _names("workspace created_at updated_at written_by")
INSTANCE = _names("system environment")

EDGE_STORED_AS: Mapping[str, str] = {
    "max_lag": "reach",
    "in_order": "right",
    "order_comparisons": "ordered",
}
"""Fields of an edge whose property is older than the field's name."""

PROPERTIES: Mapping[Label, tuple[str, ...]] = {
    Label.COMPONENT: _names("key name role labels"),
    Label.METRIC: _names("key unit cost"),
    Label.CONDITION: _names("key metric direction role threshold template"),
    Label.PROBLEM: _names(
        "key title role kind status severity summary occurrences first_seen last_seen aliases "
        "version merged_into decided_by reason lessons name_key named_by named_at former_titles"
    ),
    Label.CAUSAL_EDGE: _fields(CausalEdge, EDGE_STORED_AS),
    Label.EVIDENCE: _fields(Evidence),
    Label.EVENT: _names(
        "id source source_event_id dedup_key status severity title description starts_at "
        "ends_at labels resource links raw batch received_at linked_at"
    ),
    Label.JOB: _names(
        "id kind subject urgency turn sent_at due_at requests answered attempts sends parked_at "
        "error"
    ),
    Label.OCCURRENCE: _names(
        "id problem component severity started_at ended_at dedup_key provoked trace_ids counted_at"
    ),
    Label.INCIDENT: _names(
        "id title status severity opened_at resolved_at closed_at ticket rung version "
        "last_activity_at ongoing resolution merged_into decided_by escalated_diagnosis "
        "escalated_verdict escalation_note symptom titled_by assignee acknowledged_at "
        "acknowledged_by detected_at apart stage stage_since moves moved_by execution"
    ),
    Label.INCIDENT_ACT: _names("id incident kind by at text stage level tokens"),
    Label.DIAGNOSIS: _names(
        "id incident verdict method model_version took_ms chains ruled_out missing "
        "next_metric suspects basis changes"
    ),
    Label.METRIC_SET: _names(
        "id subject metrics proven lower_bound cost indistinguishable under_covered covers "
        "saving took_ms unseparated remedies rivals readings"
    ),
    Label.PROPOSAL: _names(
        "id incident rung model analysis template_id parameters proposed_command risk_level "
        "rollback_plan explanation criticality status digest diagnosis verdict refusal "
        "version rolls_back requested_by template_key template_digest"
    ),
    Label.DECISION: _names("id proposal proposal_digest verdict reason decided_by decided_at"),
    Label.EXECUTION: _fields(Execution),
    Label.CONTROLS: _fields(Controls),
    Label.FINDING: _names("id incident summary validated_by reason labels"),
    Label.ACTION_BLOCK: (*_fields(Block), "blocked_at"),
    Label.BLOCK_LIFT: _fields(Lift),
    Label.REPORT: _names("id incident title model content"),
    Label.RESOLUTION: _names(
        "incident title problem component role symptoms components tags execution template "
        "parameters outcome escalation_level calls tokens_prompt tokens_completion cost_micro_eur "
        "duration_s success_rate attempts opened_at resolved_at learnt_at text foreseen "
        "corrections corrected_by correction forgotten_at forgotten_by forgotten_reason"
    ),
    Label.EXPERIENCE: _names("id seq kind occurred_at content incident authenticated replaces"),
    Label.SCENARIO: _names("key title content next_seed"),
    Label.EXPERIMENT: _names(
        "id scenario first_seed seeds seconds requested_by status verdict result ended_at reason"
    ),
    Label.LAB_RUN: _names("key hours seed policy epoch roles"),
    Label.LAB_ROUND: _names(
        "id run number kind target stage role verdict suspect probability named known chain "
        "scenario experiment manipulated held edges pairs effects trials learnt seconds"
    ),
    Label.SNAPSHOT: _names("version position state left_out reason digest"),
    Label.KNOWLEDGE_SOURCE: _names(
        "source is_refused problems signatures edges labelled_incidents calibrated_on digest "
        "imported_at training"
    ),
    Label.TEMPLATE: _names("name kind"),
    Label.TEMPLATE_VERSION: _names(
        "key name version kind digest status is_bundled set_revision decided_by reason decided_at"
    ),
    Label.LLM_CALL: _fields(LlmCall),
    Label.LLM_ACCOUNT: _names(
        "key level window model money_spent money_reserved tokens_prompt tokens_completion "
        "tokens_reserved calls"
    ),
    Label.BUDGET: _names("key level period unit amount"),
    Label.AUDIT_ENTRY: _names("seq at actor kind subject detail previous digest"),
    Label.TOKEN: _names("id name digest scopes expires_at"),
    Label.MIGRATION: _names("version name checksum applied_at"),
    Label.LOCK: _names("key taken position version snapshot stage alerted digest"),
}

RELATIONSHIP_PROPERTIES: Mapping[RelationshipType, tuple[str, ...]] = {
    RelationshipType.DEPENDS_ON: _names("source last_seen"),
    RelationshipType.EXPOSES: _names("selector source"),
    RelationshipType.SHOWS: _names("hits misses false_hits quiets size_sum size_squares learnt"),
    RelationshipType.CAUSES: _names(
        "workspace edge cause effect status probability strength relation"
    ),
    RelationshipType.MEETS: _names("value deviation"),
    RelationshipType.SUSPECTS: _names("rank probability reasons"),
    RelationshipType.CAUSED_BY: _names("confirmed_by at reason"),
    RelationshipType.USES: _names("order gain role"),
}

INSTANCE_LABELS: frozenset[Label] = frozenset(
    {
        Label.COMPONENT,
        Label.EVENT,
        Label.OCCURRENCE,
        Label.INCIDENT,
        Label.EVIDENCE,
        Label.SCENARIO,
        Label.EXPERIMENT,
        Label.LAB_RUN,
    }
)


def vector_property(embedder: str, dimensions: int) -> str:
    """Property and index name of one embedder's vectors: `embedding_<name>_<dimensions>`."""
    return f"embedding_{embedder}_{dimensions}"


def property_names() -> tuple[str, ...]:
    """Every known property name, sorted."""
    names = {*COMMON, *INSTANCE}
    for owned in (*PROPERTIES.values(), *RELATIONSHIP_PROPERTIES.values()):
        names.update(owned)
    return tuple(sorted(names))
