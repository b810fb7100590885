// An incident was split from another one, which was detected when that was.
// access: write
// params: workspace, split, origin
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $split})
MATCH (o:Incident {workspace: $workspace, id: $origin})
MERGE (i)-[:SPLIT_FROM]->(o)
SET i.detected_at = coalesce(o.detected_at, o.created_at)
