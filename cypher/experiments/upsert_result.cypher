// Keep how an experiment ended, and which claim its scenario tests, once that claim is kept.
// access: write
// params: workspace, id, edge, properties
// returns: -
MATCH (x:Experiment {workspace: $workspace, id: $id})-[:RUNS]->(s:Scenario)
SET x += $properties, x.updated_at = datetime()
WITH s
MATCH (e:CausalEdge {workspace: $workspace, key: $edge})
MERGE (s)-[:TESTS]->(e)
