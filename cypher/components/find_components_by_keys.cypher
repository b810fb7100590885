// Components by keys; an unknown key gives no row.
// access: read
// params: workspace, keys
// returns: key, name, system, environment, role, labels
UNWIND $keys AS wanted
MATCH (c:Component {workspace: $workspace, key: wanted})
RETURN c.key AS key, c.name AS name, c.system AS system, c.environment AS environment,
       c.role AS role, c.labels AS labels
