// How many incidents were resolved: what stands behind the calibration.
// access: read
// params: workspace
// returns: resolved
MATCH (i:Incident)
WHERE i.workspace = $workspace AND i.opened_at IS NOT NULL AND i.resolved_at IS NOT NULL
RETURN count(i) AS resolved
