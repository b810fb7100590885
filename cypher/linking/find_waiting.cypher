// Batches whose job, of $kind, waits: the oldest first, each with how many events it holds.
// access: read
// params: workspace, kind, limit
// returns: batch, events
MATCH (j:Job {workspace: $workspace, kind: $kind})
WHERE j.parked_at IS NULL
WITH j.subject AS batch, j.created_at AS asked_at
ORDER BY asked_at, batch
LIMIT $limit
RETURN batch, COUNT { MATCH (e:Event {batch: batch}) } AS events
ORDER BY asked_at, batch
