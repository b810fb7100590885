// Put one charge on the accounts named.
// access: write
// params: workspace, rows, change
// returns: -
UNWIND $rows AS row
MERGE (a:LlmAccount {workspace: $workspace, key: row.key})
  ON CREATE SET a.level = row.level, a.window = row.window, a.model = row.model,
                a.created_at = datetime(), a.written_by = 'budget'
SET a.money_spent = coalesce(a.money_spent, 0) + $change.money_spent,
    a.money_reserved = coalesce(a.money_reserved, 0) + $change.money_reserved,
    a.tokens_prompt = coalesce(a.tokens_prompt, 0) + $change.tokens_prompt,
    a.tokens_completion = coalesce(a.tokens_completion, 0) + $change.tokens_completion,
    a.tokens_reserved = coalesce(a.tokens_reserved, 0) + $change.tokens_reserved,
    a.calls = coalesce(a.calls, 0) + $change.calls, a.updated_at = datetime()
