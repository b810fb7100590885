"""Statements that break a rule for plans, each with its reason."""

from __future__ import annotations

SCANS = {
    "events/expire_events": "retention, once a day, in bounded batches",
    "evidence/expire_faded": "retention, once an hour, of some hundred claims",
    "jobs/find_backlog": "the outbox holds unfinished work only: it is short",
    "jobs/find_parked": "the outbox holds unfinished work only: it is short",
    "jobs/upsert_replay": "the outbox holds unfinished work only: it is short",
    "migrations/find_applied": "a handful of nodes, read at start",
    "problems/find_of_one_metric": "kinds of problems are few; read once, at start",
    "tokens/find_tokens": "a handful of nodes, listed by the operator",
}
"""Statements that may read a whole label, and why."""

ONE_ROW = "handles one row, so that nothing piles up"
BATCH = "writes what it looked up before; its rows are a bounded batch that the caller holds anyway"
EAGER = {
    "conditions/link_learnt_signatures": "a batch that the caller holds anyway",
    "experiments/upsert_experiment": ONE_ROW,
    "experiments/upsert_result": ONE_ROW,
    "lab_runs/upsert_round": ONE_ROW,
    "scenarios/upsert_scenario": ONE_ROW,
    "experiences/upsert_experience": "handles one row, so that nothing piles up",
    "snapshots/upsert_position": "handles one row, so that nothing piles up",
    "snapshots/upsert_snapshot": "handles one row, so that nothing piles up",
    "confirmed_causes/upsert_finding": ONE_ROW,
    "components/link_dependencies": BATCH,
    "conditions/link_imported_signatures": BATCH,
    "conditions/link_signature_into": "a signature has a handful of conditions",
    "conditions/link_signatures": BATCH,
    "conditions/upsert_conditions": BATCH,
    "decisions/upsert_decision": ONE_ROW,
    "diagnoses/link_observed": BATCH,
    "diagnoses/upsert_diagnosis": "suspects of one diagnosis",
    "edges/delete_edge": ONE_ROW,
    "edges/link_evidence_into": "merging, by hand and rare",
    "edges/upsert_edge": ONE_ROW,
    "edges/upsert_evidence": BATCH,
    "events/upsert_events": BATCH,
    "evidence/expire_evidence": BATCH,
    "evidence/expire_faded": "a bounded number of claims with a bounded number of pieces",
    "findings/upsert_finding": ONE_ROW,
    "incidents/upsert_diagnosed": ONE_ROW,
    "incidents/upsert_status": ONE_ROW,
    "jobs/delete_job": ONE_ROW,
    "jobs/delete_jobs": BATCH,
    "jobs/upsert_attempt": ONE_ROW,
    "jobs/upsert_due": "at most 5,000 jobs a round, without their texts",
    "jobs/upsert_sent": "at most the few jobs that may be under way at once",
    "jobs/upsert_jobs": BATCH,
    "linking/link_merged": BATCH,
    "linking/upsert_incidents": BATCH,
    "linking/upsert_occurrences": BATCH,
    "metric_sets/upsert_metric_set": ONE_ROW,
    "tokens/expire_token": ONE_ROW,
    "metric_sets/link_metric_set": "rivals and readings of one set",
    "migrations/upsert_applied": ONE_ROW,
    "problems/link_alias": ONE_ROW,
    "problems/link_mentions_into": "merging, by hand and rare",
    "problems/link_occurrences_into": "merging, by hand and rare",
    "problems/upsert_problem_status": ONE_ROW,
    "problems/upsert_problems": BATCH,
    "proposals/upsert_escalation": ONE_ROW,
    "proposals/upsert_status": ONE_ROW,
    "proposals/upsert_superseded": "proposals of one incident",
}
"""Statements whose plan may buffer all rows between reading and writing, and why."""
