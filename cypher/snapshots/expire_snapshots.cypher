// Forget the snapshots up to a version.
// access: write
// params: workspace, last
// returns: -
MATCH (s:Snapshot {workspace: $workspace})
WHERE s.version > 0 AND s.version <= $last
DETACH DELETE s
