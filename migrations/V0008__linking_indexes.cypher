// What the linker and the sweeper take, in the order they take it: the beginning of an index is read
// without what is behind it. They replace the indexes of V0002 on a part of their properties.
CREATE INDEX job_created IF NOT EXISTS FOR (n:Job) ON (n.workspace, n.kind, n.created_at);
CREATE INDEX job_turn IF NOT EXISTS FOR (n:Job) ON (n.workspace, n.kind, n.turn);
CREATE INDEX job_sent IF NOT EXISTS FOR (n:Job) ON (n.workspace, n.kind, n.sent_at);
CREATE INDEX occurrence_episode IF NOT EXISTS FOR (n:Occurrence) ON (n.workspace, n.dedup_key, n.started_at);
CREATE INDEX event_episode IF NOT EXISTS FOR (n:Event) ON (n.workspace, n.dedup_key, n.status, n.received_at);
DROP INDEX job_kind IF EXISTS;
DROP INDEX occurrence_dedup IF EXISTS;
DROP INDEX event_dedup IF EXISTS;
