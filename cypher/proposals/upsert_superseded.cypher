// What was proposed for this incident and is not decided may no longer be.
// access: write
// params: workspace, incident
// returns: -
MATCH (p:Proposal {workspace: $workspace, incident: $incident})
WHERE p.status = 'pending'
SET p.status = 'superseded', p.version = p.version + 1, p.updated_at = datetime()
