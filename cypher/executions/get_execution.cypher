// One execution by its id.
// access: read
// params: workspace, id
// returns: id, kind, decision, proposal, incident, action_digest, executor, template, target, parameters, arguments, undo, problem, component, role, status, requested_at, started_at, ended_at, lease_until, detail, before, outcome, verified_at, rolls_back
MATCH (e:Execution {workspace: $workspace, id: $id})
RETURN e.id AS id, e.kind AS kind, e.decision AS decision, e.proposal AS proposal, e.incident AS
       incident, e.action_digest AS action_digest, e.executor AS executor, e.template AS template,
       e.target AS target, e.parameters AS parameters, e.arguments AS arguments, e.undo AS undo,
       e.problem AS problem, e.component AS component, e.role AS role, e.status AS status,
       e.requested_at AS requested_at, e.started_at AS started_at, e.ended_at AS ended_at,
       e.lease_until AS lease_until, e.detail AS detail, e.before AS before, e.outcome AS outcome,
       e.verified_at AS
       verified_at, coalesce(e.rolls_back, '') AS rolls_back
