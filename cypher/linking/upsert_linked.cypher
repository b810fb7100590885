// Mark the events as linked, so that linking their batch again finds nothing to do.
// access: write
// params: workspace, ids
// returns: -
UNWIND $ids AS id
MATCH (e:Event {workspace: $workspace, id: id})
SET e.linked_at = datetime(), e.updated_at = datetime()
