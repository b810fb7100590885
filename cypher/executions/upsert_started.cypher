// Begin a pending execution, unless another one is under way on its target. Whoever begins first
// holds the target's lock, so that of two at once the second sees the first.
// access: write
// params: workspace, id, at, lease_until
// returns: is_started, busy_with
MATCH (e:Execution {workspace: $workspace, id: $id})
MERGE (l:Lock {workspace: $workspace, key: 'target:' + e.target})
  ON CREATE SET l.created_at = datetime(), l.written_by = 'escalation'
SET l.updated_at = datetime(), e.updated_at = datetime()
WITH e, head(COLLECT {
  MATCH (other:Execution {workspace: $workspace, target: e.target})
  WHERE other.id <> e.id AND e.target <> ''
    AND (other.status = 'running' OR other.status = 'unknown' AND other.outcome IS NULL)
  RETURN other.id AS id ORDER BY id LIMIT 1
}) AS busy_with, e.status = 'pending' AS is_pending
WITH e, busy_with, is_pending, is_pending AND busy_with IS NULL AS is_started
SET e.status = CASE WHEN is_started THEN 'running' ELSE e.status END,
    e.started_at = CASE WHEN is_started THEN $at ELSE e.started_at END,
    e.lease_until = CASE WHEN is_started THEN $lease_until ELSE e.lease_until END
RETURN is_started, CASE WHEN is_pending THEN busy_with END AS busy_with
