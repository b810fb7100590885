// Delete the oldest linked events received before $before, in every workspace.
// access: write
// params: before, limit
// returns: deleted
MATCH (e:Event)
WHERE e.received_at < $before AND e.linked_at IS NOT NULL
WITH e LIMIT $limit
DETACH DELETE e
RETURN count(*) AS deleted
