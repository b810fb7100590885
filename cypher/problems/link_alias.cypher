// Make one problem an alias of another: its counts go over, it stays as a signpost. Its title stays
// findable there; a person's name goes over to a problem of that role that has none.
// access: write
// params: workspace, source, into, by, reason
// returns: -
MATCH (s:Problem {workspace: $workspace, key: $source})
MATCH (t:Problem {workspace: $workspace, key: $into})
SET t.updated_at = datetime(), s.updated_at = datetime()
WITH s, t, coalesce(s.aliases, []) AS former, s.name_key AS name_key,
     s.named_by IS NOT NULL AND t.named_by IS NULL AND s.role = t.role AS is_named,
     coalesce(t.former_titles, []) + coalesce(s.former_titles, []) + [t.title, s.title] AS titles
// Before the other has it: a name is one problem's.
SET s.name_key = null
WITH s, t, former, name_key, is_named, titles, CASE WHEN is_named THEN s.title ELSE t.title END AS title
SET t.title = title, t.former_titles = [one IN titles WHERE one <> title][-20..],
    t.name_key = CASE WHEN is_named THEN name_key ELSE t.name_key END,
    t.named_by = CASE WHEN is_named THEN s.named_by ELSE t.named_by END,
    t.named_at = CASE WHEN is_named THEN s.named_at ELSE t.named_at END,
    t.occurrences = coalesce(t.occurrences, 0) + coalesce(s.occurrences, 0),
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
