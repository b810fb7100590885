// What was received as the events named.
// access: read
// params: workspace, ids
// returns: id, raw
UNWIND $ids AS wanted
MATCH (e:Event {workspace: $workspace, id: wanted})
RETURN e.id AS id, e.raw AS raw
