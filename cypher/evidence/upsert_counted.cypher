// Remember that episodes were counted as evidence.
// access: write
// params: workspace, ids
// returns: -
UNWIND $ids AS id
MATCH (o:Occurrence {workspace: $workspace, id: id})
SET o.counted_at = datetime()
