// Executions of approved actions: by id, by incident, and by what is changed; and what a workspace
// permits.
CREATE CONSTRAINT execution_id IF NOT EXISTS FOR (n:Execution) REQUIRE (n.workspace, n.id) IS UNIQUE;
CREATE INDEX execution_incident IF NOT EXISTS FOR (n:Execution) ON (n.workspace, n.incident);
CREATE INDEX execution_target IF NOT EXISTS FOR (n:Execution) ON (n.workspace, n.target);
CREATE CONSTRAINT controls_workspace IF NOT EXISTS FOR (n:Controls) REQUIRE n.workspace IS UNIQUE;
