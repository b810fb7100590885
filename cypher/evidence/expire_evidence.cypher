// Delete evidence whose counts were folded into its edge.
// access: write
// params: workspace, ids
// returns: -
UNWIND $ids AS id
MATCH (v:Evidence {workspace: $workspace, id: id})
DETACH DELETE v
