// Problems that occurred on the given components, the most frequent there first.
// access: read
// params: workspace, keys, limit
// returns: component, problem, occurrences
UNWIND $keys AS wanted
MATCH (c:Component {workspace: $workspace, key: wanted})
CALL (c) {
  MATCH (c)<-[:ON]-(:Occurrence)-[:INSTANCE_OF]->(p:Problem)
  WITH p.key AS problem, count(*) AS occurrences
  ORDER BY occurrences DESC, problem
  LIMIT $limit
  RETURN problem, occurrences
}
RETURN c.key AS component, problem, occurrences
