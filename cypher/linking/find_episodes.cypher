// The latest episodes of each thread, with the incident that includes each.
// access: read
// params: workspace, threads
// returns: incident, occurrence
UNWIND $threads AS thread
CALL (thread) {
  MATCH (o:Occurrence {workspace: $workspace, dedup_key: thread})
  RETURN o ORDER BY o.started_at DESC LIMIT 20
}
OPTIONAL MATCH (i:Incident)-[:INCLUDES]->(o)
RETURN i.id AS incident, o {.id, .problem, .component, .severity, .started_at, .dedup_key,
                            .ended_at, .provoked} AS occurrence
