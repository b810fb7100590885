// A job is done, unless it was asked for again since the attempt began.
// access: write
// params: workspace, id, requests
// returns: left
MATCH (j:Job {workspace: $workspace, id: $id})
SET j.updated_at = datetime()
WITH j, j.requests > $requests AS again
FOREACH (done IN CASE WHEN again THEN [] ELSE [j] END | DELETE done)
FOREACH (more IN CASE WHEN again THEN [j] ELSE [] END |
  SET more.attempts = 0, more.due_at = datetime())
RETURN again AS left
