// Ask for work, given sorted by id: what is new waits for its turn, or with $delay until it is due.
// What waits or runs already is only counted once more.
// access: write
// params: workspace, rows, delay, head_start_ms
// returns: id, is_gone
UNWIND $rows AS row
MERGE (j:Job {workspace: $workspace, id: row.id})
  ON CREATE SET j.kind = row.kind, j.subject = row.subject, j.requests = 0,
                j.created_at = datetime(), j.written_by = 'jobs'
// Takes the lock. A worker may have finished and deleted the job while this waited for it: then
// nothing was requested, and it must be requested again.
SET j.updated_at = datetime()
WITH j, row, j.requests IS NULL AS is_gone, j.due_at IS NULL AND j.turn IS NULL AS is_idle
OPTIONAL MATCH (i:Incident {workspace: $workspace, id: row.subject})
WITH j, row, is_gone, is_idle,
     CASE i.severity WHEN 'critical' THEN 2 WHEN 'error' THEN 1 ELSE 0 END AS urgency
WITH j, row, is_gone, is_idle, urgency,
     datetime().epochMillis - urgency * $head_start_ms AS turn
SET j.requests = j.requests + 1, j.attempts = 0, j.sends = 0, j.parked_at = null, j.error = null,
    j.urgency = urgency,
    j.turn = CASE WHEN is_idle AND $delay IS NULL THEN turn
                  WHEN turn < j.turn THEN turn ELSE j.turn END,
    // A time that is set stays: repeated requests must not put the sweeper off for ever.
    j.due_at = CASE WHEN is_idle AND $delay IS NOT NULL
                    THEN datetime() + duration({seconds: $delay}) ELSE j.due_at END
RETURN row.id AS id, is_gone
