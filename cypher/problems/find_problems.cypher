// A page of problems, last seen first, behind the one seen at $before with key $after.
// access: read
// params: workspace, statuses, role, shown, before, after, limit
// returns: key, title, role, kind, status, severity, summary, occurrences, first_seen, last_seen, aliases, merged_into, version
MATCH (p:Problem)
WHERE p.workspace = $workspace AND p.last_seen <= $before
  // CASE and not OR, or the planner reads the index twice and whole, and sorts the union.
  AND CASE WHEN p.last_seen = $before THEN p.key > $after ELSE true END
  AND p.status IN $statuses AND ($role IS NULL OR p.role = $role)
  AND (NOT $shown OR EXISTS { (p)-[:SHOWS]->() })
RETURN p.key AS key, p.title AS title, p.role AS role, p.kind AS kind, p.status AS status,
       coalesce(p.severity, 'warning') AS severity, coalesce(p.summary, '') AS summary,
       CASE WHEN p.lessons > p.occurrences THEN p.lessons
            ELSE coalesce(p.occurrences, p.lessons, 0) END AS occurrences,
       p.first_seen AS first_seen,
       p.last_seen AS last_seen, coalesce(p.aliases, []) AS aliases,
       p.merged_into AS merged_into, coalesce(p.version, 0) AS version
ORDER BY p.workspace DESC, p.last_seen DESC, p.key
LIMIT $limit
