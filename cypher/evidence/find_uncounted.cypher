// Episodes of one incident not counted as evidence yet whose lag is over, oldest first; what only a
// diagnosis saw is left out, since it was searched for where an effect was.
// access: read
// params: workspace, incident, until, seen_prefix, limit
// returns: id, problem, component, started_at, ended_at, provoked
MATCH (:Incident {workspace: $workspace, id: $incident})-[:INCLUDES]->(o:Occurrence)
WHERE o.counted_at IS NULL AND o.started_at <= $until
  AND NOT o.dedup_key STARTS WITH $seen_prefix
RETURN o.id AS id, o.problem AS problem, o.component AS component, o.started_at AS started_at,
       o.ended_at AS ended_at, coalesce(o.provoked, false) AS provoked
ORDER BY started_at, id
LIMIT $limit
