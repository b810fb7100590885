// The marks of the splits that the incidents named come from, in no order.
// access: read
// params: workspace, ids
// returns: incident, apart
UNWIND $ids AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
RETURN i.id AS incident, coalesce(i.apart, []) AS apart
