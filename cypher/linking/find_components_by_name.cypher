// Every component that bears one of the names, in any system.
// access: read
// params: workspace, names
// returns: key, name, system, environment, role, labels
UNWIND $names AS name
MATCH (c:Component {workspace: $workspace, name: name})
RETURN c.key AS key, c.name AS name, coalesce(c.system, 'default') AS system,
       coalesce(c.environment, 'default') AS environment, coalesce(c.role, 'service') AS role,
       c.labels AS labels
