// What is known of an incident that is over, for the document about it.
// access: read
// params: workspace, id
// returns: id, title, status, system, opened_at, resolved_at, escalation_level, problems, components, command, calls, tokens_prompt, tokens_completion, cost_micro_eur
MATCH (i:Incident {workspace: $workspace, id: $id})
OPTIONAL MATCH (l:LlmCall {workspace: $workspace, incident: $id})
WITH i, count(l) AS calls, sum(coalesce(l.tokens_prompt, 0)) AS tokens_prompt,
     sum(coalesce(l.tokens_completion, 0)) AS tokens_completion,
     sum(coalesce(l.cost, 0)) AS cost_micro_eur
RETURN i.id AS id, i.title AS title, i.status AS status, i.system AS system,
       i.opened_at AS opened_at, i.resolved_at AS resolved_at, i.rung AS escalation_level,
       COLLECT {
         MATCH (i)-[:INCLUDES]->(:Occurrence)-[:INSTANCE_OF]->(p:Problem)
         RETURN DISTINCT p.title AS title ORDER BY title LIMIT 50
       } AS problems,
       COLLECT {
         MATCH (i)-[:INCLUDES]->(:Occurrence)-[:ON]->(c:Component)
         RETURN DISTINCT c.key AS key ORDER BY key LIMIT 50
       } AS components,
       head(COLLECT {
         MATCH (p:Proposal)-[:FOR]->(i)
         WHERE p.status = 'approved'
         RETURN p.proposed_command AS command ORDER BY p.created_at DESC LIMIT 1
       }) AS command,
       calls, tokens_prompt, tokens_completion, cost_micro_eur
