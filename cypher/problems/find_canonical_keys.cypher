// The problem that each key stands for now: its own, or the one that it was merged into.
// access: read
// params: workspace, keys
// returns: key, canonical
UNWIND $keys AS wanted
MATCH (p:Problem {workspace: $workspace, key: wanted})
RETURN p.key AS key, coalesce(p.merged_into, p.key) AS canonical
