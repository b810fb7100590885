// How often two problems were in one other incident than $incident: of the latest $limit occurrences
// of the cause.
// access: read
// params: workspace, cause, effect, incident, limit
// returns: support
CALL () {
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.problem = $cause AND o.started_at IS NOT NULL
  RETURN o
  ORDER BY o.workspace DESC, o.problem DESC, o.started_at DESC
  LIMIT $limit
}
WITH [
  (o)<-[:INCLUDES]-(i)-[:INCLUDES]->(other)
  WHERE i.id <> $incident AND other.problem = $effect | 1
] AS elsewhere
RETURN count(CASE WHEN size(elsewhere) > 0 THEN 1 END) AS support
