// Save the result of a planned experiment, and which claim its scenario tests, once that claim is
// stored; no row when it has ended already.
// access: write
// params: workspace, id, edge, properties
// returns: id
MATCH (x:Experiment {workspace: $workspace, id: $id})-[:RUNS]->(s:Scenario)
// Takes the lock, so that of two workers that ran it the first one's result stays.
SET x.updated_at = datetime()
WITH x, s
WHERE x.status = 'planned'
SET x += $properties
WITH x, s
OPTIONAL MATCH (e:CausalEdge {workspace: $workspace, key: $edge})
FOREACH (tested IN CASE WHEN e IS NULL THEN [] ELSE [e] END | MERGE (s)-[:TESTS]->(tested))
RETURN x.id AS id
