// The latest $limit experiments of each scenario named.
// access: read
// params: workspace, scenarios, limit
// returns: id, scenario, system, first_seed, seeds, seconds, requested_by, status, result, ended_at, reason
UNWIND $scenarios AS wanted
CALL (wanted) {
  MATCH (x:Experiment)
  WHERE x.workspace = $workspace AND x.scenario = wanted AND x.first_seed > 0
  RETURN x
  ORDER BY x.workspace DESC, x.scenario DESC, x.first_seed DESC
  LIMIT $limit
}
RETURN x.id AS id, x.scenario AS scenario, x.system AS system, x.first_seed AS first_seed,
       x.seeds AS seeds, x.seconds AS seconds, x.requested_by AS requested_by,
       x.status AS status, x.result AS result, x.ended_at AS ended_at,
       coalesce(x.reason, '') AS reason
