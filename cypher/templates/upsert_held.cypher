// The version, locked until the transaction is over; made with $properties where there is none.
// access: write
// params: workspace, name, kind, key, properties, written_by
// returns: name, version, kind, digest, status, is_bundled, set_revision, decided_by, reason, decided_at
MERGE (t:Template {workspace: $workspace, name: $name})
  ON CREATE SET t.kind = $kind, t.created_at = datetime(), t.updated_at = datetime(),
                t.written_by = $written_by
MERGE (v:TemplateVersion {workspace: $workspace, key: $key})
  ON CREATE SET v += $properties, v.created_at = datetime()
SET v.updated_at = datetime(), v.written_by = $written_by
MERGE (v)-[:OF]->(t)
RETURN v.name AS name, v.version AS version, v.kind AS kind, v.digest AS digest,
       v.status AS status, v.is_bundled AS is_bundled, v.set_revision AS set_revision,
       v.decided_by AS decided_by, v.reason AS reason, v.decided_at AS decided_at
