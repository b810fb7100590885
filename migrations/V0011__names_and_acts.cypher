// What people call a problem is one problem's of a role; former titles and an incident's symptom are
// searched too; what people did about an incident is read in the order of time.
CREATE CONSTRAINT problem_name IF NOT EXISTS FOR (n:Problem) REQUIRE (n.workspace, n.role, n.name_key) IS UNIQUE;
CREATE CONSTRAINT incident_act_id IF NOT EXISTS FOR (n:IncidentAct) REQUIRE (n.workspace, n.id) IS UNIQUE;
CREATE INDEX incident_act_time IF NOT EXISTS FOR (n:IncidentAct) ON (n.workspace, n.incident, n.at);
DROP INDEX knowledge_by_workspace IF EXISTS;
CREATE FULLTEXT INDEX knowledge_by_title IF NOT EXISTS FOR (n:Problem|Incident|Finding) ON EACH [n.title, n.summary, n.resolution, n.former_titles, n.symptom, n.workspace];
