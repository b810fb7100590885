// A page of problems, last seen first and then by key backwards, behind the one seen at $before
// with key $after.
// access: read
// params: workspace, statuses, role, shown, before, after, limit
// returns: problems
// Two seeks that each read a page in the index's order. With one, by OR, the planner reads the
// index whole; and with another index it reads every problem of a status and sorts.
CALL () {
  MATCH (p:Problem)
  USING INDEX p:Problem(workspace, last_seen, key)
  WHERE p.workspace = $workspace AND p.last_seen = $before AND p.key < $after
    AND p.status IN $statuses AND ($role IS NULL OR p.role = $role)
    AND (NOT $shown OR EXISTS { (p)-[:SHOWS]->() })
  RETURN p
  ORDER BY p.workspace DESC, p.last_seen DESC, p.key DESC
  LIMIT $limit
  UNION ALL
  MATCH (p:Problem)
  USING INDEX p:Problem(workspace, last_seen, key)
  WHERE p.workspace = $workspace AND p.last_seen < $before AND p.key IS NOT NULL
    AND p.status IN $statuses AND ($role IS NULL OR p.role = $role)
    AND (NOT $shown OR EXISTS { (p)-[:SHOWS]->() })
  RETURN p
  ORDER BY p.workspace DESC, p.last_seen DESC, p.key DESC
  LIMIT $limit
}
WITH p
ORDER BY p.last_seen DESC, p.key DESC
LIMIT $limit
// One record, since the async driver costs by the record, and times as text, since it takes 40
// microseconds for each of its own.
RETURN collect({key: p.key, title: p.title, role: p.role, kind: p.kind, status: p.status,
  severity: coalesce(p.severity, 'warning'), summary: coalesce(p.summary, ''),
  occurrences: CASE WHEN p.lessons > p.occurrences THEN p.lessons
                    ELSE coalesce(p.occurrences, p.lessons, 0) END,
  first_seen: CASE WHEN p.first_seen IS NOT NULL
    THEN toString(datetime({datetime: p.first_seen, timezone: 'Z'})) END,
  last_seen: CASE WHEN p.last_seen IS NOT NULL
    THEN toString(datetime({datetime: p.last_seen, timezone: 'Z'})) END,
  aliases: coalesce(p.aliases, []), merged_into: p.merged_into,
  version: coalesce(p.version, 0), named_by: p.named_by,
  named_at: CASE WHEN p.named_at IS NOT NULL
    THEN toString(datetime({datetime: p.named_at, timezone: 'Z'})) END,
  former_titles: coalesce(p.former_titles, [])}) AS problems
