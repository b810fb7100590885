// Finish an attempt at a job: one row, whether the finisher has to see to one more run. Asked for
// again since the attempt started, the job stays; of several finishers one gets true. What
// another finisher deleted is gone, and what was asked for since then is not this attempt's: `born`
// differs.
// access: write
// params: workspace, id, born, requests, grace
// returns: again
OPTIONAL MATCH (j:Job {workspace: $workspace, id: $id})
// Takes the lock; of a job that is deleted meanwhile every property reads null from here on.
SET j.updated_at = datetime()
WITH j, j.created_at.epochMillis = $born AS mine, j.requests > $requests AS more
WITH j, coalesce(mine AND NOT more, false) AS done,
     coalesce(mine AND more AND coalesce(j.answered, 0) < j.requests, false) AS again
FOREACH (finished IN CASE WHEN done THEN [j] ELSE [] END | DELETE finished)
FOREACH (asked IN CASE WHEN again THEN [j] ELSE [] END |
  SET asked.answered = asked.requests, asked.attempts = 0,
      asked.due_at = datetime() + duration({seconds: $grace}))
RETURN again
