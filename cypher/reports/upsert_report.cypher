// Save one expert report on its incident; the same one again changes nothing.
// access: write
// params: workspace, id, incident, title, model, at, content
// returns: id, incident, title, model, created_at, content
MATCH (i:Incident {workspace: $workspace, id: $incident})
MERGE (r:Report {workspace: $workspace, id: $id})
  ON CREATE SET r.incident = $incident, r.title = $title, r.model = $model, r.created_at = $at,
                r.content = $content, r.updated_at = datetime(), r.written_by = 'escalation'
MERGE (r)-[:ABOUT]->(i)
RETURN r.id AS id, r.incident AS incident, r.title AS title, r.model AS model,
       r.created_at AS created_at, r.content AS content
