// Decide a proposal: only while it is pending and still the action that was shown.
// The first SET takes the node's lock, so that of two decisions the second sees the first.
// access: write
// params: workspace, id, digest, status
// returns: incident
MATCH (p:Proposal {workspace: $workspace, id: $id})
SET p.updated_at = datetime()
WITH p
WHERE p.status = 'pending' AND p.digest = $digest
SET p.status = $status, p.version = p.version + 1
RETURN p.incident AS incident
