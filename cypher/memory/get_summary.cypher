// What an incident is compared by: also its symptom where the title names the cause, and the names
// of its confirmed causes.
// access: read
// params: workspace, id
// returns: id, title, problems, components
MATCH (i:Incident {workspace: $workspace, id: $id})
OPTIONAL MATCH (i)-[:INCLUDES]->(o:Occurrence)
OPTIONAL MATCH (o)-[:INSTANCE_OF]->(p:Problem)
OPTIONAL MATCH (o)-[:ON]->(c:Component)
WITH i, p, c ORDER BY o.started_at, o.id
WITH i, collect(DISTINCT p.title) AS titles, collect(DISTINCT c.key) AS components
RETURN i.id AS id, i.title AS title,
       [symptom IN [i.symptom] WHERE symptom <> i.title] + titles + COLLECT {
         MATCH (i)-[:CAUSED_BY]->(cause:Problem)
         WHERE NOT cause.title IN titles
         RETURN cause.title AS named ORDER BY named
       } AS problems, components
