// One node per (workspace, key) for what learning keeps.
CREATE CONSTRAINT experience_id IF NOT EXISTS FOR (n:Experience) REQUIRE (n.workspace, n.id) IS UNIQUE;
CREATE CONSTRAINT experience_seq IF NOT EXISTS FOR (n:Experience) REQUIRE (n.workspace, n.seq) IS UNIQUE;
CREATE CONSTRAINT snapshot_version IF NOT EXISTS FOR (n:Snapshot) REQUIRE (n.workspace, n.version) IS UNIQUE;
CREATE CONSTRAINT scenario_key IF NOT EXISTS FOR (n:Scenario) REQUIRE (n.workspace, n.key) IS UNIQUE;
CREATE CONSTRAINT experiment_id IF NOT EXISTS FOR (n:Experiment) REQUIRE (n.workspace, n.id) IS UNIQUE;
