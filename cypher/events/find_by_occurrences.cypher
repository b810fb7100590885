// The $limit oldest events that signalled each occurrence named; without what was received.
// access: read
// params: workspace, ids, limit
// returns: occurrence, source, source_event_id, dedup_key, status, severity, title, description, starts_at, ends_at, labels, resource, links, raw, received_at, linked_at
UNWIND $ids AS occurrence
MATCH (o:Occurrence {workspace: $workspace, id: occurrence})
CALL (o) {
  MATCH (o)<-[:SIGNALS]-(e:Event)
  RETURN e ORDER BY e.received_at, e.id LIMIT $limit
}
RETURN occurrence, e.source AS source, e.source_event_id AS source_event_id,
       e.dedup_key AS dedup_key, e.status AS status, e.severity AS severity, e.title AS title,
       e.description AS description, e.starts_at AS starts_at, e.ends_at AS ends_at,
       e.labels AS labels, e.resource AS resource, e.links AS links, '{}' AS raw,
       e.received_at AS received_at, e.linked_at AS linked_at
