// Hand a problem's occurrences over to another problem.
// access: write
// params: workspace, source, into
// returns: moved
MATCH (s:Problem {workspace: $workspace, key: $source})
MATCH (t:Problem {workspace: $workspace, key: $into})
MATCH (s)<-[r:INSTANCE_OF]-(o:Occurrence)
DELETE r
SET o.problem = $into, o.updated_at = datetime()
MERGE (o)-[:INSTANCE_OF]->(t)
RETURN count(o) AS moved
