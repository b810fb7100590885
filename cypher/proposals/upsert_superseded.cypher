// What was proposed on an older diagnosis of this incident may no longer be decided.
// access: write
// params: workspace, incident, diagnosis
// returns: -
MATCH (p:Proposal {workspace: $workspace, incident: $incident})
WHERE p.status = 'pending' AND p.diagnosis <> $diagnosis
SET p.status = 'superseded', p.version = p.version + 1, p.updated_at = datetime()
