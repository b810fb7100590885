// A human takes back what was confirmed to be the cause of an incident, with its findings: those that
// no decision led to.
// access: write
// params: workspace, incident, by
// returns: unlinked, problems
MATCH (i:Incident {workspace: $workspace, id: $incident})
WHERE EXISTS { (i)-[:CAUSED_BY]->() }
SET i.version = coalesce(i.version, 0) + 1, i.updated_at = datetime(), i.written_by = $by
WITH i
MATCH (i)-[r:CAUSED_BY]->(cause)
WITH i, collect(r) AS links, collect(CASE WHEN cause:Problem THEN cause.key END) AS problems
FOREACH (link IN links | DELETE link)
WITH i, size(links) AS unlinked, problems
OPTIONAL MATCH (f:Finding)-[:ABOUT]->(i)
WHERE NOT EXISTS { (f)-[:FROM]->(:Decision) }
DETACH DELETE f
RETURN DISTINCT unlinked, problems
