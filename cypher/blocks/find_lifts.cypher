// What people lifted for a problem on a component.
// access: read
// params: workspace, component, problem
// returns: id, block, problem, component, forgives, by, reason, at
MATCH (l:BlockLift {workspace: $workspace, component: $component, problem: $problem})
RETURN l.id AS id, l.block AS block, l.problem AS problem, l.component AS component,
       l.forgives AS forgives, l.by AS by, l.reason AS reason, l.at AS at
