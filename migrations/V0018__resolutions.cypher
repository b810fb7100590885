// One document per resolved incident, listed by time; what was executed is found by its problem, and
// what an incident cost by the incident.
CREATE CONSTRAINT resolution_incident IF NOT EXISTS FOR (n:Resolution) REQUIRE (n.workspace, n.incident) IS UNIQUE;
CREATE INDEX resolution_time IF NOT EXISTS FOR (n:Resolution) ON (n.workspace, n.resolved_at);
CREATE INDEX execution_problem IF NOT EXISTS FOR (n:Execution) ON (n.workspace, n.problem, n.verified_at);
CREATE INDEX llm_call_by_incident IF NOT EXISTS FOR (n:LlmCall) ON (n.workspace, n.incident);
