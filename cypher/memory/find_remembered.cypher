// Earlier incidents with what was found to be their cause and the action that worked, else the one
// that was approved; in no order.
// access: read
// params: workspace, ids
// returns: id, title, status, opened_at, components, confirmed, suspects, action, action_worked, finding
UNWIND $ids AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
CALL (i) {
  OPTIONAL MATCH (i)-[by:CAUSED_BY]->(cause)
  OPTIONAL MATCH (cause)-[:INSTANCE_OF]->(kind:Problem)
  OPTIONAL MATCH (cause)-[:ON]->(at:Component)
  // A problem and a component that were confirmed at once are one cause.
  WITH by.at AS moment, max(coalesce(kind.title, cause.title)) AS problem,
       max(coalesce(at.name, cause.name)) AS component
  ORDER BY moment DESC LIMIT 1
  RETURN coalesce(problem + ' at ' + component, problem, component) AS confirmed
}
WITH i, confirmed, head(COLLECT {
  MATCH (e:Execution)-[:FOR]->(i)
  WHERE e.kind = 'action' AND e.outcome = 'worked'
  RETURN e.template AS template ORDER BY e.verified_at DESC LIMIT 1
}) AS worked
RETURN i.id AS id, i.title AS title, i.status AS status, i.opened_at AS opened_at,
       COLLECT {
         MATCH (i)-[:INCLUDES]->(:Occurrence)-[:ON]->(c:Component)
         RETURN DISTINCT c.key AS key ORDER BY key
       } AS components,
       confirmed,
       head(COLLECT {
         MATCH (i)-[:DIAGNOSED_BY]->(d:Diagnosis)
         RETURN d.suspects AS suspects ORDER BY d.created_at DESC LIMIT 1
       }) AS suspects,
       // What was executed without a proposal is named by its template.
       coalesce(head(COLLECT {
         MATCH (p:Proposal)-[:FOR]->(i)
         WHERE p.status = 'approved' AND coalesce(p.template_id = worked, true)
         RETURN p.proposed_command AS command ORDER BY p.created_at DESC LIMIT 1
       }), worked) AS action,
       worked IS NOT NULL AS action_worked,
       head(COLLECT {
         MATCH (f:Finding)-[:ABOUT]->(i)
         RETURN f.summary AS summary ORDER BY f.created_at DESC LIMIT 1
       }) AS finding
