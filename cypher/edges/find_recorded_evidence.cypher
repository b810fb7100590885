// Which of these pieces of evidence are stored already.
// access: read
// params: workspace, ids
// returns: id
UNWIND $ids AS wanted
MATCH (v:Evidence {workspace: $workspace, id: wanted})
RETURN v.id AS id
