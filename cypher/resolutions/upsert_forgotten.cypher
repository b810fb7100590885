// Empty the document on an incident; what remains says that it is to stay empty.
// access: write
// params: workspace, incident, by, reason
// returns: incident
MATCH (r:Resolution {workspace: $workspace, incident: $incident})
WHERE r.forgotten_at IS NULL
SET r = {workspace: r.workspace, incident: r.incident, created_at: r.created_at,
         updated_at: datetime(), written_by: r.written_by, forgotten_at: datetime(),
         forgotten_by: $by, forgotten_reason: $reason}
RETURN r.incident AS incident
