// Problems by keys, in one list; an unknown key gives nothing.
// access: read
// params: workspace, keys
// returns: problems
UNWIND $keys AS wanted
MATCH (p:Problem {workspace: $workspace, key: wanted})
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
