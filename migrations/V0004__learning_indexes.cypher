// Look-ups of evidence and of a problem's episodes in time.
CREATE INDEX occurrence_problem IF NOT EXISTS FOR (n:Occurrence) ON (n.workspace, n.problem, n.started_at);
CREATE INDEX causal_edge_status IF NOT EXISTS FOR (n:CausalEdge) ON (n.workspace, n.status);
CREATE INDEX problem_status IF NOT EXISTS FOR (n:Problem) ON (n.workspace, n.status);
CREATE INDEX experience_incident IF NOT EXISTS FOR (n:Experience) ON (n.workspace, n.incident);
CREATE INDEX occurrence_component IF NOT EXISTS FOR (n:Occurrence) ON (n.workspace, n.component, n.started_at);
CREATE INDEX occurrence_time IF NOT EXISTS FOR (n:Occurrence) ON (n.started_at);
CREATE INDEX evidence_observed IF NOT EXISTS FOR (n:Evidence) ON (n.observed_at);
CREATE INDEX experiment_scenario IF NOT EXISTS FOR (n:Experiment) ON (n.workspace, n.scenario, n.first_seed);
