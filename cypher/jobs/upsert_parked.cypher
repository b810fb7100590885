// Store a job that failed for good elsewhere as a dead letter.
// access: write
// params: workspace, id, kind, subject, error
// returns: -
MERGE (j:Job {workspace: $workspace, id: $id})
  ON CREATE SET j.kind = $kind, j.subject = $subject, j.requests = 1, j.sends = 0,
                j.created_at = datetime(), j.written_by = 'jobs'
SET j.attempts = 1, j.error = $error, j.due_at = null, j.turn = null, j.sent_at = null,
    j.parked_at = datetime(), j.updated_at = datetime()
