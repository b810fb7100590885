// The calls that were made for an incident, newest first.
// access: read
// params: workspace, incident, limit
// returns: id, level, model, tier, incident, is_critical, at, lease_until, status, bound_prompt, bound_completion, reserved, tokens_prompt, tokens_completion, cost, currency, price_prompt, price_completion, price_source, is_bound, took_ms
MATCH (c:LlmCall)
WHERE c.workspace = $workspace AND c.incident = $incident AND c.at IS NOT NULL
RETURN c.id AS id, c.level AS level, c.model AS model, c.tier AS tier, c.incident AS incident,
       c.is_critical AS is_critical, c.at AS at, c.lease_until AS lease_until,
       c.status AS status, c.bound_prompt AS bound_prompt,
       c.bound_completion AS bound_completion, c.reserved AS reserved,
       c.tokens_prompt AS tokens_prompt, c.tokens_completion AS tokens_completion,
       c.cost AS cost, c.currency AS currency, c.price_prompt AS price_prompt,
       c.price_completion AS price_completion, c.price_source AS price_source,
       c.is_bound AS is_bound, c.took_ms AS took_ms
ORDER BY c.at DESC, c.id
LIMIT $limit
