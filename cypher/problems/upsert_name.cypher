// Call a problem by a person's name, unless it was merged or changed since $expected. What it was
// called before is kept, the last 20, so that a search for it still finds it.
// access: write
// params: workspace, key, name, name_key, expected, by, at
// returns: key, title, role, kind, status, severity, summary, occurrences, first_seen, last_seen, aliases, merged_into, version, named_by, named_at, former_titles
MATCH (p:Problem {workspace: $workspace, key: $key})
SET p.updated_at = datetime()
WITH p
WHERE p.status <> 'merged' AND ($expected IS NULL OR coalesce(p.version, 0) = $expected)
WITH p, [title IN coalesce(p.former_titles, []) + [p.title] WHERE title <> $name] AS former
SET p.former_titles = former[-20..], p.title = $name, p.name_key = $name_key,
    p.named_by = $by, p.named_at = $at, p.version = coalesce(p.version, 0) + 1
RETURN p.key AS key, p.title AS title, p.role AS role, p.kind AS kind, p.status AS status,
       coalesce(p.severity, 'warning') AS severity, coalesce(p.summary, '') AS summary,
       CASE WHEN p.lessons > p.occurrences THEN p.lessons
            ELSE coalesce(p.occurrences, p.lessons, 0) END AS occurrences,
       p.first_seen AS first_seen,
       p.last_seen AS last_seen, coalesce(p.aliases, []) AS aliases,
       p.merged_into AS merged_into, coalesce(p.version, 0) AS version,
       p.named_by AS named_by, p.named_at AS named_at,
       coalesce(p.former_titles, []) AS former_titles
