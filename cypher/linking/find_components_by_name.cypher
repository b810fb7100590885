// Every component that bears one of the names, in any system.
// access: read
// params: workspace, names
// returns: key, name, system, environment, role, labels
UNWIND $names AS name
MATCH (c:Component {workspace: $workspace, name: name})
RETURN c.key AS key, c.name AS name, c.system AS system, c.environment AS environment,
       c.role AS role, c.labels AS labels
