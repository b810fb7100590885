// Save what a person says of the actions on an incident.
// access: write
// params: workspace, incident, corrections, by, reason
// returns: incident
MATCH (r:Resolution {workspace: $workspace, incident: $incident})
WHERE r.forgotten_at IS NULL
SET r.corrections = $corrections, r.corrected_by = $by, r.correction = $reason,
    r.updated_at = datetime()
RETURN r.incident AS incident
