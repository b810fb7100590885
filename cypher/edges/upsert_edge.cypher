// Write a claim and its CAUSES shortcut as one, unless it changed since version $expected.
// access: write
// params: workspace, key, cause, effect, expected, properties, written_by
// returns: version
MATCH (a:Problem {workspace: $workspace, key: $cause})
MATCH (b:Problem {workspace: $workspace, key: $effect})
MERGE (e:CausalEdge {workspace: $workspace, key: $key})
  ON CREATE SET e.version = 0, e.created_at = datetime(), e.written_by = $written_by
// Takes the lock, so that the version read below is the last committed one.
SET e.updated_at = datetime()
WITH a, b, e
WHERE e.version = $expected
SET e += $properties, e.version = $expected + 1
MERGE (a)-[:CAUSE_OF]->(e)
MERGE (e)-[:EFFECT_ON]->(b)
MERGE (a)-[c:CAUSES {workspace: $workspace, edge: $key}]->(b)
SET c.cause = $cause, c.effect = $effect, c.status = e.status, c.probability = e.probability,
    c.strength = e.strength, c.relation = e.relation
RETURN e.version AS version
