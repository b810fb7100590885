"""What is checked at the last moment before an approved action runs."""

from __future__ import annotations

from labo.domain.escalation.executions import Execution
from labo.domain.escalation.proposals import Decision, DecisionVerdict
from labo.domain.governance.autonomy import Autonomy, Controls
from labo.domain.incidents.incidents import Incident


def refusal_of(
    execution: Execution, incident: Incident, decision: Decision | None, controls: Controls
) -> str:
    """Why the action may not run now; empty where it may.

    The approval has to be of exactly this action, and nothing may have ended or stopped it since.
    """
    if controls.is_stopped:
        return f"kill_switch: {controls.stopped_by} stopped all actions ({controls.reason})"
    if controls.autonomy is Autonomy.OFF:
        return "policy: the escalation is off"
    if incident.is_over:
        return "the incident is over"
    if decision is None or decision.id != execution.decision:
        return "policy: nobody approved it"
    if decision.verdict is not DecisionVerdict.APPROVE:
        return "policy: it was not approved"
    if decision.proposal_digest != execution.action_digest:
        return "policy: another action was approved"
    return ""
