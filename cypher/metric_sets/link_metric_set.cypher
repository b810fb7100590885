// Link a set to the problems it separates and the conditions it measures, in place of what it had.
// access: write
// params: workspace, id, problems, rows
// returns: -
MATCH (m:MetricSet {workspace: $workspace, id: $id})
CALL (m) {
  OPTIONAL MATCH (m)-[old:SEPARATES|USES]->()
  DELETE old
}
CALL (m) {
  UNWIND $problems AS key
  MATCH (p:Problem {workspace: $workspace, key: key})
  MERGE (m)-[:SEPARATES]->(p)
}
CALL (m) {
  UNWIND $rows AS row
  MATCH (c:Condition {workspace: $workspace, key: row.condition})
  MERGE (m)-[u:USES]->(c)
  SET u.order = row.order, u.gain = row.gain, u.role = row.role
}
