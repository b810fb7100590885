// For each component near an incident that opened at a time: the last other incident there before.
// access: read
// params: workspace, rows, seen_prefix
// returns: later, earlier
UNWIND $rows AS row
CALL (row) {
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.component = row.component AND o.started_at < row.at
    AND NOT o.dedup_key STARTS WITH $seen_prefix
  MATCH (i:Incident)-[:INCLUDES]->(o)
  WHERE i.id <> row.incident
  RETURN i.id AS earlier ORDER BY o.workspace DESC, o.component DESC, o.started_at DESC LIMIT 1
}
RETURN DISTINCT row.incident AS later, earlier
