// One event by its id.
// access: read
// params: workspace, id
// returns: source, source_event_id, dedup_key, status, severity, title, description, starts_at, ends_at, labels, resource, links, raw, received_at, linked_at
MATCH (e:Event {workspace: $workspace, id: $id})
RETURN e.source AS source, e.source_event_id AS source_event_id,
       e.dedup_key AS dedup_key, e.status AS status, e.severity AS severity, e.title AS title,
       e.description AS description, e.starts_at AS starts_at, e.ends_at AS ends_at,
       e.labels AS labels, e.resource AS resource, e.links AS links, e.raw AS raw,
       e.received_at AS received_at, e.linked_at AS linked_at
