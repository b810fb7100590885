// Blocks of actions and what lifted them; executions are read by component and by incident.
CREATE CONSTRAINT action_block_id IF NOT EXISTS FOR (n:ActionBlock) REQUIRE (n.workspace, n.id) IS UNIQUE;
CREATE CONSTRAINT block_lift_id IF NOT EXISTS FOR (n:BlockLift) REQUIRE (n.workspace, n.id) IS UNIQUE;
CREATE INDEX action_block_key IF NOT EXISTS FOR (n:ActionBlock) ON (n.workspace, n.component, n.problem);
CREATE INDEX action_block_time IF NOT EXISTS FOR (n:ActionBlock) ON (n.workspace, n.blocked_at);
CREATE INDEX block_lift_key IF NOT EXISTS FOR (n:BlockLift) ON (n.workspace, n.component, n.problem);
CREATE INDEX execution_component IF NOT EXISTS FOR (n:Execution) ON (n.workspace, n.component);
