// Note the exemplar traces of occurrences, given sorted by id.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (o:Occurrence {workspace: $workspace, id: row.id})
SET o.trace_ids = row.trace_ids, o.updated_at = datetime()
