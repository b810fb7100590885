// Let what names a problem as confirmed cause or as part of a metric set name another one.
// access: write
// params: workspace, source, into
// returns: moved
MATCH (s:Problem {workspace: $workspace, key: $source})
MATCH (t:Problem {workspace: $workspace, key: $into})
MATCH (s)<-[r:CAUSED_BY|SUSPECTS|SEPARATES]-(n)
FOREACH (i IN CASE WHEN r:CAUSED_BY THEN [n] ELSE [] END |
  MERGE (i)-[c:CAUSED_BY]->(t) ON CREATE SET c += properties(r))
FOREACH (i IN CASE WHEN r:SUSPECTS THEN [n] ELSE [] END |
  MERGE (i)-[c:SUSPECTS]->(t) ON CREATE SET c += properties(r))
FOREACH (i IN CASE WHEN r:SEPARATES THEN [n] ELSE [] END | MERGE (i)-[:SEPARATES]->(t))
DELETE r
RETURN count(*) AS moved
