// The events of several batches that are not linked yet. Times are microseconds since 1970, here and
// in what else is read by the hundred: the driver needs longer for a time than for all the rest.
// access: read
// params: workspace, batches
// returns: source, source_event_id, dedup_key, status, severity, title, description, labels, resource, starts_us, ends_us, received_us
UNWIND $batches AS batch
MATCH (e:Event {batch: batch})
WHERE e.workspace = $workspace AND e.linked_at IS NULL
RETURN e.source AS source, e.source_event_id AS source_event_id,
       e.dedup_key AS dedup_key, e.status AS status, e.severity AS severity, e.title AS title,
       e.description AS description, e.labels AS labels, e.resource AS resource,
       e.starts_at.epochSeconds * 1000000 + e.starts_at.microsecond AS starts_us,
       e.ends_at.epochSeconds * 1000000 + e.ends_at.microsecond AS ends_us,
       e.received_at.epochSeconds * 1000000 + e.received_at.microsecond AS received_us
