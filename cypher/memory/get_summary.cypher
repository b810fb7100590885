// What an incident is compared by.
// access: read
// params: workspace, id
// returns: id, title, problems, components
MATCH (i:Incident {workspace: $workspace, id: $id})
OPTIONAL MATCH (i)-[:INCLUDES]->(o:Occurrence)
OPTIONAL MATCH (o)-[:INSTANCE_OF]->(p:Problem)
OPTIONAL MATCH (o)-[:ON]->(c:Component)
WITH i, p, c ORDER BY o.started_at, o.id
RETURN i.id AS id, i.title AS title, collect(DISTINCT p.title) AS problems,
       collect(DISTINCT c.key) AS components
