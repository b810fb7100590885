// The occurrences of each incident named, oldest first.
// access: read
// params: workspace, ids
// returns: incident, occurrence
UNWIND $ids AS incident
MATCH (:Incident {workspace: $workspace, id: incident})-[:INCLUDES]->(o:Occurrence)
WITH incident, o ORDER BY o.started_at, o.id
RETURN incident, o {.id, .problem, .component, .severity, .started_at, .dedup_key, .ended_at,
                    .provoked} AS occurrence
