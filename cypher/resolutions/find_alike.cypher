// What these incidents are compared by, and how near their embedding is to $vector; in no order.
// access: read
// params: workspace, ids, property, vector
// returns: id, title, problems, components, cosine
UNWIND $ids AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
WITH i, i[$property] AS own
RETURN i.id AS id, i.title AS title,
       COLLECT {
         MATCH (i)-[:INCLUDES]->(:Occurrence)-[:INSTANCE_OF]->(p:Problem)
         RETURN DISTINCT p.title AS title ORDER BY title
       } AS problems,
       COLLECT {
         MATCH (i)-[:INCLUDES]->(:Occurrence)-[:ON]->(c:Component)
         RETURN DISTINCT c.key AS key ORDER BY key
       } AS components,
       // Neo4j gives (1 + cosine) / 2.
       CASE WHEN own IS NULL THEN 0.0
            ELSE 2 * vector.similarity.cosine(own, $vector) - 1 END AS cosine
