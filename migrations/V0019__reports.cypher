// One node per expert report; found by its incident, and listed newest first.
CREATE CONSTRAINT report IF NOT EXISTS FOR (n:Report) REQUIRE (n.workspace, n.id) IS UNIQUE;
CREATE INDEX report_incident IF NOT EXISTS FOR (n:Report) ON (n.workspace, n.incident);
CREATE INDEX report_created IF NOT EXISTS FOR (n:Report) ON (n.workspace, n.created_at);
