// The events of several batches that are not linked yet.
// access: read
// params: workspace, batches
// returns: source, source_event_id, dedup_key, status, severity, title, description, starts_at, ends_at, labels, resource, links, raw, received_at, linked_at
UNWIND $batches AS batch
MATCH (e:Event {batch: batch})
WHERE e.workspace = $workspace AND e.linked_at IS NULL
RETURN e.source AS source, e.source_event_id AS source_event_id,
       e.dedup_key AS dedup_key, e.status AS status, e.severity AS severity, e.title AS title,
       e.description AS description, e.starts_at AS starts_at, e.ends_at AS ends_at,
       e.labels AS labels, e.resource AS resource, [] AS links, '{}' AS raw,
       e.received_at AS received_at, e.linked_at AS linked_at
