// One problem by key; a merged one names what it was merged into.
// access: read
// params: workspace, key
// returns: key, title, role, kind, status, severity, summary, occurrences, first_seen, last_seen, aliases, merged_into, version, named_by, named_at, former_titles
MATCH (p:Problem {workspace: $workspace, key: $key})
RETURN p.key AS key, p.title AS title, p.role AS role, p.kind AS kind, p.status AS status,
       coalesce(p.severity, 'warning') AS severity, coalesce(p.summary, '') AS summary,
       CASE WHEN p.lessons > p.occurrences THEN p.lessons
            ELSE coalesce(p.occurrences, p.lessons, 0) END AS occurrences,
       p.first_seen AS first_seen,
       p.last_seen AS last_seen, coalesce(p.aliases, []) AS aliases,
       p.merged_into AS merged_into, coalesce(p.version, 0) AS version,
       p.named_by AS named_by, p.named_at AS named_at,
       coalesce(p.former_titles, []) AS former_titles
