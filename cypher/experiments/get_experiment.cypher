// One experiment by its id.
// access: read
// params: workspace, id
// returns: id, scenario, system, first_seed, seeds, seconds, requested_by, status, result, ended_at, reason
MATCH (x:Experiment {workspace: $workspace, id: $id})
RETURN x.id AS id, x.scenario AS scenario, x.system AS system, x.first_seed AS first_seed,
       x.seeds AS seeds, x.seconds AS seconds, x.requested_by AS requested_by,
       x.status AS status, x.result AS result, x.ended_at AS ended_at,
       coalesce(x.reason, '') AS reason
