// Hand the evidence of one edge over to another.
// access: write
// params: workspace, source, into
// returns: moved
MATCH (old:CausalEdge {workspace: $workspace, key: $source})
MATCH (new:CausalEdge {workspace: $workspace, key: $into})
MATCH (old)<-[a:ABOUT]-(v:Evidence)
DELETE a
SET v.edge = $into
MERGE (v)-[:ABOUT]->(new)
RETURN count(v) AS moved
