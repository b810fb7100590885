// Make one problem an alias of another: its counts go over, it stays as a signpost.
// access: write
// params: workspace, source, into, by, reason
// returns: -
MATCH (s:Problem {workspace: $workspace, key: $source})
MATCH (t:Problem {workspace: $workspace, key: $into})
SET t.updated_at = datetime(), s.updated_at = datetime()
WITH s, t, coalesce(s.aliases, []) AS former
SET t.occurrences = coalesce(t.occurrences, 0) + coalesce(s.occurrences, 0),
    t.lessons = coalesce(t.lessons, 0) + coalesce(s.lessons, 0), s.lessons = 0,
    t.first_seen = CASE WHEN s.first_seen < t.first_seen THEN s.first_seen ELSE t.first_seen END,
    t.last_seen = CASE WHEN s.last_seen > t.last_seen THEN s.last_seen ELSE t.last_seen END,
    t.aliases = coalesce(t.aliases, []) + [$source] + former,
    t.version = coalesce(t.version, 0) + 1,
    s.status = 'merged', s.merged_into = $into, s.occurrences = 0, s.aliases = [],
    s.decided_by = $by, s.reason = $reason, s.version = coalesce(s.version, 0) + 1
WITH former
UNWIND former AS alias
MATCH (signpost:Problem {workspace: $workspace, key: alias})
SET signpost.merged_into = $into
