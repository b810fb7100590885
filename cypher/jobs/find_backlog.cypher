// The outbox of every workspace: how much waits, and seconds since the oldest was asked for, since one
// was due to be sent and was not (null: none), and what was parked.
// access: read
// params: -
// returns: waiting, oldest_s, overdue_s, parked
MATCH (j:Job)
WITH datetime() AS now, j
WITH j.parked_at IS NOT NULL AS is_parked,
     duration.inSeconds(j.created_at, now).seconds AS age_s,
     duration.inSeconds(j.due_at, now).seconds AS overdue_s
RETURN count(CASE WHEN NOT is_parked THEN 1 END) AS waiting,
       max(CASE WHEN NOT is_parked THEN age_s END) AS oldest_s,
       max(CASE WHEN NOT is_parked AND overdue_s > 0 THEN overdue_s END) AS overdue_s,
       count(CASE WHEN is_parked THEN 1 END) AS parked
