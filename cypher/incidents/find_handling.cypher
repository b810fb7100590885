// How the incidents named are handled, and what they are linked to, in no order.
// access: read
// params: workspace, ids
// returns: incident, detected_at, symptom, titled_by, assignee, acknowledged_at, acknowledged_by, split_from, follows, overlaps
UNWIND $ids AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
RETURN i.id AS incident, coalesce(i.detected_at, i.created_at, i.opened_at) AS detected_at,
       coalesce(i.symptom, i.title) AS symptom, i.titled_by AS titled_by, i.assignee AS assignee,
       i.acknowledged_at AS acknowledged_at, i.acknowledged_by AS acknowledged_by,
       head(COLLECT {
         MATCH (i)-[:SPLIT_FROM]->(o:Incident) RETURN o.id AS other LIMIT 1
       }) AS split_from,
       head(COLLECT {
         MATCH (i)-[:FOLLOWS]->(o:Incident)
         RETURN o.id AS other ORDER BY o.opened_at DESC, other LIMIT 1
       }) AS follows,
       COLLECT {
         MATCH (i)-[:OVERLAPS]-(o:Incident)
         RETURN DISTINCT o.id AS other ORDER BY other LIMIT 100
       } AS overlaps
