// Keep events once each, and ask for the linking of every batch that holds a new one.
// access: write
// params: rows
// returns: workspace, batch, duplicates
UNWIND $rows AS row
MERGE (e:Event {workspace: row.workspace, id: row.id})
  ON CREATE SET e += row.properties, e.batch = row.batch,
                e.starts_at = datetime(row.starts_at), e.ends_at = datetime(row.ends_at),
                e.received_at = datetime(row.received_at),
                e.created_at = datetime(row.received_at),
                e.updated_at = datetime(row.received_at), e.written_by = 'ingest'
WITH row, e.received_at <> datetime(row.received_at) OR e.batch <> row.batch AS known
WITH row.workspace AS workspace, row.batch AS batch, row.job AS job,
     collect(CASE WHEN known THEN row.id END) AS duplicates, count(*) AS size
FOREACH (id IN CASE WHEN size(duplicates) < size THEN [job] ELSE [] END |
  MERGE (j:Job {workspace: workspace, id: id})
    ON CREATE SET j.kind = 'events.link', j.subject = batch, j.requests = 1, j.attempts = 0,
                  j.sends = 0, j.due_at = datetime() + duration({seconds: 15}),
                  j.created_at = datetime(), j.updated_at = datetime(), j.written_by = 'ingest')
RETURN workspace, batch, duplicates
