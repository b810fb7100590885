// Dead letters: jobs that failed for good, newest first.
// access: read
// params: workspace, limit
// returns: id, kind, subject, attempts, parked_at, error
MATCH (j:Job {workspace: $workspace})
WHERE j.parked_at IS NOT NULL
RETURN j.id AS id, j.kind AS kind, j.subject AS subject, j.attempts AS attempts,
       j.parked_at AS parked_at, j.error AS error
ORDER BY j.parked_at DESC
LIMIT $limit
