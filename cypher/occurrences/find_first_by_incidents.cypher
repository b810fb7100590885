// The $limit oldest occurrences of each incident named.
// access: read
// params: workspace, ids, limit
// returns: incident, occurrence
UNWIND $ids AS incident
MATCH (i:Incident {workspace: $workspace, id: incident})
CALL (i) {
  MATCH (i)-[:INCLUDES]->(o:Occurrence)
  RETURN o ORDER BY o.started_at, o.id LIMIT $limit
}
RETURN incident, o {.id, .problem, .component, .severity, .started_at, .dedup_key, .ended_at,
                    .provoked} AS occurrence
