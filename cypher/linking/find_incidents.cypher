// The incidents named, each with how many of its reported occurrences are ongoing and the marks of
// the splits that it comes from.
// access: read
// params: workspace, ids
// returns: incident, ongoing, apart
UNWIND $ids AS id
MATCH (i:Incident {workspace: $workspace, id: id})
RETURN i {.id, .title, .status, .severity, .opened_at, .system, .resolved_at, .ticket, .version,
          .last_activity_at, .resolution, .merged_into, escalation_level: i.rung} AS incident,
       coalesce(i.ongoing, 0) AS ongoing, coalesce(i.apart, []) AS apart
