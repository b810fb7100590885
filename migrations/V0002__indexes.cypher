// Look-ups that are not by business key, and the text index over what people search.
CREATE INDEX event_batch IF NOT EXISTS FOR (n:Event) ON (n.batch);
CREATE INDEX event_dedup IF NOT EXISTS FOR (n:Event) ON (n.workspace, n.dedup_key);
CREATE INDEX job_kind IF NOT EXISTS FOR (n:Job) ON (n.workspace, n.kind);
CREATE INDEX job_due IF NOT EXISTS FOR (n:Job) ON (n.due_at);
CREATE INDEX occurrence_dedup IF NOT EXISTS FOR (n:Occurrence) ON (n.workspace, n.dedup_key);
CREATE INDEX occurrence_started IF NOT EXISTS FOR (n:Occurrence) ON (n.workspace, n.started_at);
CREATE INDEX incident_opened IF NOT EXISTS FOR (n:Incident) ON (n.workspace, n.opened_at);
CREATE INDEX incident_activity IF NOT EXISTS FOR (n:Incident) ON (n.workspace, n.last_activity_at);
CREATE INDEX problem_last_seen IF NOT EXISTS FOR (n:Problem) ON (n.workspace, n.last_seen);
CREATE INDEX component_name IF NOT EXISTS FOR (n:Component) ON (n.workspace, n.name);
CREATE INDEX proposal_incident IF NOT EXISTS FOR (n:Proposal) ON (n.workspace, n.incident);
CREATE INDEX evidence_edge IF NOT EXISTS FOR (n:Evidence) ON (n.workspace, n.edge);
CREATE INDEX diagnosis_incident IF NOT EXISTS FOR (n:Diagnosis) ON (n.workspace, n.incident);
CREATE INDEX metric_set_subject IF NOT EXISTS FOR (n:MetricSet) ON (n.workspace, n.subject);
CREATE INDEX causes_by_effect IF NOT EXISTS FOR ()-[r:CAUSES]-() ON (r.workspace, r.effect, r.probability);
CREATE INDEX causes_by_cause IF NOT EXISTS FOR ()-[r:CAUSES]-() ON (r.workspace, r.cause, r.probability);
CREATE FULLTEXT INDEX knowledge_text IF NOT EXISTS FOR (n:Problem|Incident|Finding) ON EACH [n.title, n.summary, n.resolution];
