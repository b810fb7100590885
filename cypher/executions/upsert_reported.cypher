// Save what became of an execution, from one of the statuses $from only; returns which.
// access: write
// params: workspace, id, from, status, at, detail, before
// returns: earlier
MATCH (e:Execution {workspace: $workspace, id: $id})
SET e.updated_at = datetime()
WITH e, e.status AS earlier
WHERE earlier IN $from
SET e.status = $status, e.detail = $detail,
    e.before = CASE WHEN $before = '{}' THEN e.before ELSE $before END,
    e.ended_at = CASE WHEN $status IN ['done', 'failed', 'cancelled', 'handed_over'] THEN $at
                      ELSE e.ended_at END
RETURN earlier
