// Save events once each, and request the linking of every batch with a new one.
// access: write
// params: batches
// returns: workspace, batch, duplicates
UNWIND $batches AS batch
CALL (batch) {
  UNWIND batch.events AS row
  // Times come as [seconds, nanoseconds]: text costs the server more, native times the driver.
  WITH batch, row, datetime.fromEpoch(row.received_at[0], row.received_at[1]) AS received_at
  MERGE (e:Event {workspace: batch.workspace, id: row.id})
    ON CREATE SET e += row.properties, e.batch = batch.id, e.received_at = received_at,
                  e.starts_at = CASE WHEN row.starts_at IS NOT NULL
                    THEN datetime.fromEpoch(row.starts_at[0], row.starts_at[1]) END,
                  e.ends_at = CASE WHEN row.ends_at IS NOT NULL
                    THEN datetime.fromEpoch(row.ends_at[0], row.ends_at[1]) END,
                  e.created_at = received_at, e.updated_at = received_at, e.written_by = 'ingest'
  WITH batch, row, e, received_at
  WHERE e.received_at <> received_at OR e.batch <> batch.id
  RETURN collect(row.id) AS duplicates
}
FOREACH (id IN CASE WHEN size(duplicates) < size(batch.events) THEN [batch.job] ELSE [] END |
  MERGE (j:Job {workspace: batch.workspace, id: id})
    ON CREATE SET j.kind = 'events.link', j.subject = batch.id, j.requests = 1, j.attempts = 0,
                  j.sends = 0, j.due_at = datetime() + duration({seconds: 15}),
                  j.created_at = datetime(), j.updated_at = datetime(), j.written_by = 'ingest')
RETURN batch.workspace AS workspace, batch.id AS batch, duplicates
