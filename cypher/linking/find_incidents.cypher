// The incidents named, each with how many of its reported occurrences are ongoing, the marks of the
// splits that it comes from, and the component that its diagnosis names, if that is one of $sure.
// access: read
// params: workspace, ids, sure
// returns: incident, ongoing, apart, cause
UNWIND $ids AS id
MATCH (i:Incident {workspace: $workspace, id: id})
CALL (id) {
  OPTIONAL MATCH (d:Diagnosis {workspace: $workspace, incident: id})
  WITH d ORDER BY d.created_at DESC, d.id LIMIT 1
  OPTIONAL MATCH (d)-[:SUSPECTS {rank: 1}]->(c:Component)
  RETURN d AS newest, c.key AS leading
}
RETURN i {.id, .title, .status, .severity, .opened_at, .system, .resolved_at, .ticket, .version,
          .last_activity_at, .resolution, .merged_into, escalation_level: i.rung} AS incident,
       coalesce(i.ongoing, 0) AS ongoing, coalesce(i.apart, []) AS apart,
       CASE WHEN newest.verdict IN $sure THEN leading END AS cause
