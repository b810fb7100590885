// Take jobs away whose work another worker has done along with its own.
// access: write
// params: workspace, ids
// returns: -
UNWIND $ids AS id
MATCH (j:Job {workspace: $workspace, id: id})
DELETE j
