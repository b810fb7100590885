// The versions of the template $name about which the workspace decided.
// access: read
// params: workspace, name
// returns: name, version, kind, digest, status, is_bundled, set_revision, decided_by, reason, decided_at
MATCH (:Template {workspace: $workspace, name: $name})<-[:OF]-(v:TemplateVersion)
RETURN v.name AS name, v.version AS version, v.kind AS kind, v.digest AS digest,
       v.status AS status, v.is_bundled AS is_bundled, v.set_revision AS set_revision,
       v.decided_by AS decided_by, v.reason AS reason, v.decided_at AS decided_at
ORDER BY version
