// Make dead letters due again: those named, or all. Of two replays at once, one makes them so.
// access: write
// params: workspace, ids
// returns: id, kind, subject
MATCH (j:Job {workspace: $workspace})
WHERE j.parked_at IS NOT NULL AND ($ids IS NULL OR j.id IN $ids)
SET j.updated_at = datetime()
WITH j
WHERE j.parked_at IS NOT NULL
SET j.parked_at = null, j.attempts = 0, j.sends = 0, j.due_at = datetime()
RETURN j.id AS id, j.kind AS kind, j.subject AS subject
