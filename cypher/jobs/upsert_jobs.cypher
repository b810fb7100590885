// Ask for work. Asking again for what waits, runs or is parked counts as one more request.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MERGE (j:Job {workspace: $workspace, id: row.id})
  ON CREATE SET j.kind = row.kind, j.subject = row.subject, j.requests = 0,
                j.created_at = datetime(), j.written_by = 'jobs'
SET j.requests = j.requests + 1, j.attempts = 0, j.sends = 0, j.parked_at = null, j.error = null,
    j.due_at = datetime() + duration({seconds: row.delay}), j.updated_at = datetime()
