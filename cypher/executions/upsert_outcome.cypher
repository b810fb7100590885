// Save what the verification of an execution found, once.
// access: write
// params: workspace, id, outcome, at
// returns: id
MATCH (e:Execution {workspace: $workspace, id: $id})
SET e.updated_at = datetime()
WITH e
WHERE e.outcome IS NULL
SET e.outcome = $outcome, e.verified_at = $at
RETURN e.id AS id
