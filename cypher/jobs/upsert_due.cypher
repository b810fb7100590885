// Let due jobs of all workspaces wait for their turn, by their age and urgency.
// access: write
// params: limit, head_start_ms
// returns: due
MATCH (j:Job)
WHERE j.due_at <= datetime()
WITH j ORDER BY j.due_at LIMIT $limit
// Takes the locks, in the order that everybody takes them in: of two sweepers at once, the second
// one sees what the first has done.
WITH j ORDER BY j.id
SET j.updated_at = datetime()
WITH j
WHERE j.due_at <= datetime()
SET j.turn = j.created_at.epochMillis - coalesce(j.urgency, 0) * $head_start_ms,
    j.due_at = null, j.sent_at = null
RETURN count(j) AS due
