// Incidents, in every workspace, with an episode that started in a span and was not counted yet.
// access: read
// params: since, until, seen_prefix, limit
// returns: workspace, subject
MATCH (o:Occurrence)
WHERE o.started_at >= $since AND o.started_at < $until AND o.counted_at IS NULL
  AND NOT o.dedup_key STARTS WITH $seen_prefix
MATCH (i:Incident)-[:INCLUDES]->(o)
RETURN DISTINCT i.workspace AS workspace, i.id AS subject
LIMIT $limit
