// Batches whose job, of $kind, waits: the oldest first, each with how many events it holds.
// access: read
// params: workspace, kind, limit
// returns: batch, events
MATCH (j:Job)
WHERE j.workspace = $workspace AND j.kind = $kind AND j.created_at IS NOT NULL
  AND j.parked_at IS NULL
// In the order of the index, all of it: a backlog is not read whole to take its beginning.
WITH j ORDER BY j.workspace, j.kind, j.created_at LIMIT $limit
RETURN j.subject AS batch, COUNT { MATCH (e:Event {batch: j.subject}) } AS events
ORDER BY j.created_at, batch
