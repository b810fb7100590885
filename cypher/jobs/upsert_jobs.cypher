// Ask for work, given sorted by id; for each what becomes of it. What waits or runs already is only
// counted once more (`waits`); the others need a message (`send`).
// access: write
// params: workspace, rows
// returns: id, subject, state
UNWIND $rows AS row
MERGE (j:Job {workspace: $workspace, id: row.id})
  ON CREATE SET j.kind = row.kind, j.subject = row.subject, j.requests = 0,
                j.created_at = datetime(), j.written_by = 'jobs'
// Takes the lock. A worker may have finished and deleted the job while this waited for it: then
// nothing was requested (`gone`), and it must be requested again.
SET j.updated_at = datetime()
WITH j, row, CASE WHEN j.requests IS NULL THEN 'gone' WHEN j.due_at IS NULL THEN 'send'
                  ELSE 'waits' END AS state
// A time that is set stays: repeated requests must not put the sweeper off for ever.
SET j.requests = j.requests + 1, j.attempts = 0, j.sends = 0, j.parked_at = null, j.error = null,
    j.due_at = coalesce(j.due_at, datetime() + duration({seconds: row.delay}))
RETURN row.id AS id, row.subject AS subject, state
