// All accounts of a month and of its days; with an empty $month, of all time.
// access: read
// params: workspace, month
// returns: level, window, model, money_spent, money_reserved, tokens_prompt, tokens_completion, tokens_reserved, calls
MATCH (a:LlmAccount)
WHERE a.workspace = $workspace AND a.key STARTS WITH $month
RETURN a.level AS level, a.window AS window, a.model AS model, a.money_spent AS money_spent,
       a.money_reserved AS money_reserved, a.tokens_prompt AS tokens_prompt,
       a.tokens_completion AS tokens_completion, a.tokens_reserved AS tokens_reserved,
       a.calls AS calls
ORDER BY a.key
