// Move an incident to another status, unless it changed since version $expected was read.
// access: write
// params: workspace, id, expected, status, at, resolution, by
// returns: id, title, status, severity, opened_at, system, resolved_at, ticket, escalation_level, version, last_activity_at, resolution, merged_into
MATCH (i:Incident {workspace: $workspace, id: $id})
SET i.updated_at = datetime()
WITH i
WHERE i.version = $expected
SET i.status = $status, i.version = i.version + 1,
    i.resolution = coalesce($resolution, i.resolution),
    i.decided_by = coalesce($by, i.decided_by),
    i.resolved_at = CASE $status WHEN 'resolved' THEN $at WHEN 'open' THEN null
                                 ELSE i.resolved_at END,
    i.closed_at = CASE $status WHEN 'closed' THEN $at ELSE i.closed_at END
RETURN i.id AS id, i.title AS title, i.status AS status, i.severity AS severity,
       i.opened_at AS opened_at, i.system AS system, i.resolved_at AS resolved_at,
       i.ticket AS ticket, i.rung AS escalation_level, i.version AS version,
       i.last_activity_at AS last_activity_at, i.resolution AS resolution,
       i.merged_into AS merged_into
