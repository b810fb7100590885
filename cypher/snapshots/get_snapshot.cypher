// The state in one snapshot, as JSON text.
// access: read
// params: workspace, version
// returns: state
MATCH (s:Snapshot {workspace: $workspace, version: $version})
RETURN s.state AS state
