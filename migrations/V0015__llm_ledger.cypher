// The ledger of model calls: one node per call, one account per window, level and model, one limit per
// level, period and unit. Calls are read by time, by incident, and those whose lease is over.
CREATE CONSTRAINT llm_call_id IF NOT EXISTS FOR (n:LlmCall) REQUIRE (n.workspace, n.id) IS UNIQUE;
CREATE CONSTRAINT llm_account_key IF NOT EXISTS FOR (n:LlmAccount) REQUIRE (n.workspace, n.key) IS UNIQUE;
CREATE CONSTRAINT budget_key IF NOT EXISTS FOR (n:Budget) REQUIRE (n.workspace, n.key) IS UNIQUE;
CREATE INDEX llm_call_at IF NOT EXISTS FOR (n:LlmCall) ON (n.workspace, n.at);
CREATE INDEX llm_call_incident IF NOT EXISTS FOR (n:LlmCall) ON (n.workspace, n.incident, n.at);
CREATE INDEX llm_call_lease IF NOT EXISTS FOR (n:LlmCall) ON (n.workspace, n.status, n.lease_until);
