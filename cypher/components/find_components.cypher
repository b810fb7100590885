// A page of components in the order of their keys, which start with their system.
// access: read
// params: workspace, prefix, role, after, limit
// returns: key, name, system, environment, role, labels
MATCH (c:Component)
WHERE c.workspace = $workspace AND c.key > $after
  AND c.key STARTS WITH $prefix AND ($role IS NULL OR c.role = $role)
RETURN c.key AS key, c.name AS name, c.system AS system, c.environment AS environment,
       c.role AS role, c.labels AS labels
ORDER BY c.workspace, c.key
LIMIT $limit
