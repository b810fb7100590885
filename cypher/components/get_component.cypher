// One component by key.
// access: read
// params: workspace, key
// returns: key, name, system, environment, role, labels
MATCH (c:Component {workspace: $workspace, key: $key})
RETURN c.key AS key, c.name AS name, c.system AS system, c.environment AS environment,
       c.role AS role, c.labels AS labels
