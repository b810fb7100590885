// What the workspace permits Labo to do by itself; no row where nobody has set it.
// access: read
// params: workspace
// returns: autonomy, stopped_at, stopped_by, reason
MATCH (c:Controls {workspace: $workspace})
RETURN c.autonomy AS autonomy, c.stopped_at AS stopped_at, c.stopped_by AS stopped_by,
       c.reason AS reason
