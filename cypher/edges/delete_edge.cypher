// Remove a claim that was folded into another one, with its shortcut.
// access: write
// params: workspace, key
// returns: -
MATCH (e:CausalEdge {workspace: $workspace, key: $key})
OPTIONAL MATCH ()-[c:CAUSES {workspace: $workspace, edge: $key}]->()
DELETE c
DETACH DELETE e
