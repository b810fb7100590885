// The events that signalled each occurrence named, oldest first.
// access: read
// params: workspace, ids
// returns: occurrence, source, source_event_id, dedup_key, status, severity, title, description, starts_at, ends_at, labels, resource, links, raw, received_at, linked_at
UNWIND $ids AS occurrence
MATCH (:Occurrence {workspace: $workspace, id: occurrence})<-[:SIGNALS]-(e:Event)
WITH occurrence, e ORDER BY e.received_at, e.id
RETURN occurrence, e.source AS source, e.source_event_id AS source_event_id,
       e.dedup_key AS dedup_key, e.status AS status, e.severity AS severity, e.title AS title,
       e.description AS description, e.starts_at AS starts_at, e.ends_at AS ends_at,
       e.labels AS labels, e.resource AS resource, e.links AS links, e.raw AS raw,
       e.received_at AS received_at, e.linked_at AS linked_at
