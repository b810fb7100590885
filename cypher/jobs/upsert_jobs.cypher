// Ask for work; returns what needs a message. What waits or runs already is only counted once more.
// access: write
// params: workspace, rows
// returns: subject
UNWIND $rows AS row
MERGE (j:Job {workspace: $workspace, id: row.id})
  ON CREATE SET j.kind = row.kind, j.subject = row.subject, j.requests = 0,
                j.created_at = datetime(), j.written_by = 'jobs'
WITH j, row, j.due_at IS NULL AS fresh
// A time that is set stays: requests that keep coming must not put the sweeper off for ever.
SET j.requests = j.requests + 1, j.attempts = 0, j.sends = 0, j.parked_at = null, j.error = null,
    j.due_at = coalesce(j.due_at, datetime() + duration({seconds: row.delay})),
    j.updated_at = datetime()
WITH row, fresh
WHERE fresh
RETURN row.subject AS subject
