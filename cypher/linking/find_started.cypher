// The reported occurrence, in an incident that is not closed, that started on each component last
// before a span, one within it, and the next after it. The index gives them in order, so that each
// is found by reading one.
// access: read
// params: workspace, rows, seen_prefix
// returns: incident, component, dedup_key, started_at
UNWIND $rows AS row
CALL (row) {
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.component = row.component
    AND o.started_at >= row.earliest AND o.started_at <= row.first
    AND NOT o.dedup_key STARTS WITH $seen_prefix
  MATCH (i:Incident)-[:INCLUDES]->(o)
  WHERE i.status <> 'closed'
  RETURN o, i ORDER BY o.workspace DESC, o.component DESC, o.started_at DESC LIMIT 1
UNION
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.component = row.component
    AND o.started_at >= row.first AND o.started_at <= row.last
    AND NOT o.dedup_key STARTS WITH $seen_prefix
  MATCH (i:Incident)-[:INCLUDES]->(o)
  WHERE i.status <> 'closed'
  RETURN o, i LIMIT 1
UNION
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.component = row.component
    AND o.started_at >= row.last AND o.started_at <= row.latest
    AND NOT o.dedup_key STARTS WITH $seen_prefix
  MATCH (i:Incident)-[:INCLUDES]->(o)
  WHERE i.status <> 'closed'
  RETURN o, i ORDER BY o.workspace, o.component, o.started_at LIMIT 1
}
RETURN DISTINCT i.id AS incident, o.component AS component, o.dedup_key AS dedup_key,
                o.started_at AS started_at
