// Remember why an attempt failed and when to try again; until then another may be under way.
// access: write
// params: workspace, id, error, delay, given_back
// returns: -
MATCH (j:Job {workspace: $workspace, id: $id})
WHERE j.parked_at IS NULL
SET j.error = $error, j.attempts = j.attempts - $given_back, j.sent_at = null, j.turn = null,
    j.due_at = datetime() + duration({seconds: $delay}), j.updated_at = datetime()
