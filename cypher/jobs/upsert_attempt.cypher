// Start one attempt at a job; the attempt after $most parks it instead.
// access: write
// params: workspace, id, most, lease
// returns: born, requests, attempts, parked
MATCH (j:Job {workspace: $workspace, id: $id})
WHERE j.parked_at IS NULL
SET j.attempts = j.attempts + 1, j.updated_at = datetime()
WITH j
WHERE j.requests IS NOT NULL  // null: deleted while this waited for the lock
SET j.parked_at = CASE WHEN j.attempts > $most THEN datetime() END,
    j.due_at = CASE WHEN j.attempts > $most THEN null
                    ELSE datetime() + duration({seconds: $lease}) END,
    j.sent_at = CASE WHEN j.attempts > $most THEN null ELSE datetime() END, j.turn = null
RETURN j.created_at.epochMillis AS born, j.requests AS requests, j.attempts AS attempts,
       j.parked_at IS NOT NULL AS parked
