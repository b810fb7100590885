// The latest $limit episodes of each problem that started up to a time; what only a diagnosis saw
// is left out.
// access: read
// params: workspace, keys, until, seen_prefix, limit
// returns: id, problem, component, started_at, ended_at, provoked
UNWIND $keys AS wanted
CALL (wanted) {
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.problem = wanted AND o.started_at <= $until
  RETURN o
  ORDER BY o.workspace DESC, o.problem DESC, o.started_at DESC
  LIMIT $limit
}
WITH o
WHERE NOT o.dedup_key STARTS WITH $seen_prefix
RETURN o.id AS id, o.problem AS problem, o.component AS component, o.started_at AS started_at,
       o.ended_at AS ended_at, coalesce(o.provoked, false) AS provoked
