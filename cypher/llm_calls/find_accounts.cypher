// The accounts with these keys that exist.
// access: read
// params: workspace, keys
// returns: level, window, model, money_spent, money_reserved, tokens_prompt, tokens_completion, tokens_reserved, calls
MATCH (a:LlmAccount)
WHERE a.workspace = $workspace AND a.key IN $keys
RETURN a.level AS level, a.window AS window, a.model AS model, a.money_spent AS money_spent,
       a.money_reserved AS money_reserved, a.tokens_prompt AS tokens_prompt,
       a.tokens_completion AS tokens_completion, a.tokens_reserved AS tokens_reserved,
       a.calls AS calls
