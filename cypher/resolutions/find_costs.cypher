// The newest $limit incidents that were resolved, with the level that they reached and what models
// took for them; newest first.
// access: read
// params: workspace, since, limit
// returns: incident, opened_at, resolved_at, escalation_level, calls, tokens, cost_micro_eur
MATCH (i:Incident)
WHERE i.workspace = $workspace AND i.opened_at >= $since
WITH i ORDER BY i.opened_at DESC
WHERE i.resolved_at IS NOT NULL AND i.merged_into IS NULL
WITH i LIMIT $limit
CALL (i) {
  OPTIONAL MATCH (l:LlmCall {workspace: $workspace, incident: i.id})
  RETURN count(l) AS calls,
         sum(coalesce(l.tokens_prompt, 0) + coalesce(l.tokens_completion, 0)) AS tokens,
         sum(coalesce(l.cost, 0)) AS cost_micro_eur
}
RETURN i.id AS incident, i.opened_at AS opened_at, i.resolved_at AS resolved_at,
       i.rung AS escalation_level, calls, tokens, cost_micro_eur
ORDER BY i.opened_at DESC
