// One node per (workspace, key) for runs of the lab and their rounds.
CREATE CONSTRAINT lab_run_key IF NOT EXISTS FOR (n:LabRun) REQUIRE (n.workspace, n.key) IS UNIQUE;
CREATE CONSTRAINT lab_round_id IF NOT EXISTS FOR (n:LabRound) REQUIRE (n.workspace, n.id) IS UNIQUE;
