"""Executed actions and model calls as the escalation stores them, put into the graph directly."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from types import NoneType

from graph.client import Graph
from graph.statements import parse
from labo.domain.escalation.verification_outcomes import VerificationOutcome

_EXECUTION = parse(
    "tests/upsert_execution",
    """// An executed action on an incident.
// access: write
// params: workspace, incident, execution
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $incident})
MERGE (e:Execution {workspace: $workspace, id: $execution.id})
SET e += $execution
MERGE (e)-[:FOR]->(i)
""",
    NoneType,
)
_CALL = parse(
    "tests/upsert_llm_call",
    """// A call of a model for an incident.
// access: write
// params: workspace, incident, tokens, cost
// returns: -
CREATE (l:LlmCall {workspace: $workspace, incident: $incident, level: 'n2', tokens_prompt: $tokens,
                   tokens_completion: 10, cost: $cost})
""",
    NoneType,
)


async def save_execution(
    graph: Graph,
    incident: str,
    *,
    at: datetime,
    outcome: VerificationOutcome | None = VerificationOutcome.WORKED,
    problem: str = "cpu",
    component: str = "checkout",
    template: str = "scale_out",
    instances: int = 2,
) -> str:
    """The id. It began two minutes before `at`, when its effect was verified."""
    execution = {
        "id": f"e-{incident}-{template}",
        "kind": "action",
        "decision": f"d-{incident}",
        "proposal": f"p-{incident}",
        "action_digest": "0",
        "executor": "engine",
        "target": component,
        "arguments": ["labo-action"],
        "undo": [],
        "detail": "",
        "requested_at": at - timedelta(minutes=3),
        "incident": incident,
        "problem": problem,
        "component": f"shop/{component}",
        "role": "service",
        "template": template,
        "parameters": json.dumps({"component": component, "instances": instances}),
        "status": "done",
        "outcome": outcome.value if outcome else None,
        "started_at": at - timedelta(minutes=2),
        "ended_at": at - timedelta(minutes=1),
        "verified_at": at if outcome else None,
    }
    await graph.execute(_EXECUTION, incident=incident, execution=execution)
    return str(execution["id"])


async def save_call(graph: Graph, incident: str, *, tokens: int = 90, cost: int = 1_000) -> None:
    """A call of N2 that took `tokens` in and 10 out, and `cost` micro-euro."""
    await graph.execute(_CALL, incident=incident, tokens=tokens, cost=cost)
