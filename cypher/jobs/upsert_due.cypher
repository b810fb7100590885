// Take due jobs of all workspaces, oldest first, and push each back, longer every time.
// access: write
// params: limit
// returns: workspace, kind, subject
MATCH (j:Job)
WHERE j.due_at <= datetime()
WITH j ORDER BY j.due_at LIMIT $limit
// Takes the lock: of two sweepers at once, the second one sees what the first has pushed back.
SET j.updated_at = datetime()
WITH j
WHERE j.due_at <= datetime()
SET j.sends = j.sends + 1
SET j.due_at = datetime() + duration({seconds: CASE WHEN j.sends > 5 THEN 3600
                                                    ELSE 60 * toInteger(2 ^ j.sends) END})
RETURN j.workspace AS workspace, j.kind AS kind, j.subject AS subject
