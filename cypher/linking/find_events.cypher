// The events named that are not linked yet.
// access: read
// params: workspace, ids
// returns: source, source_event_id, dedup_key, status, severity, title, description, labels, resource, starts_us, ends_us, received_us
UNWIND $ids AS id
MATCH (e:Event {workspace: $workspace, id: id})
WHERE e.linked_at IS NULL
RETURN e.source AS source, e.source_event_id AS source_event_id,
       e.dedup_key AS dedup_key, e.status AS status, e.severity AS severity, e.title AS title,
       e.description AS description, e.labels AS labels, e.resource AS resource,
       e.starts_at.epochSeconds * 1000000 + e.starts_at.microsecond AS starts_us,
       e.ends_at.epochSeconds * 1000000 + e.ends_at.microsecond AS ends_us,
       e.received_at.epochSeconds * 1000000 + e.received_at.microsecond AS received_us
