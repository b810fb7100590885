// One scenario as it was last planned.
// access: read
// params: workspace, key
// returns: content
MATCH (s:Scenario {workspace: $workspace, key: $key})
RETURN s.content AS content
