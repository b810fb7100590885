// A page of the evidence about one edge, newest first, behind the piece at $before with $before_id.
// access: read
// params: workspace, edge, before, before_id, limit
// returns: id, edge, kind, polarity, weight, observed_at, summary, system, provoked, origin, outcome, gap, order, exposure, onsets, company, pairs, effect, effect_squares
MATCH (e:CausalEdge {workspace: $workspace, key: $edge})<-[:ABOUT]-(v:Evidence)
WHERE v.observed_at < $before OR (v.observed_at = $before AND v.id > $before_id)
WITH v
ORDER BY v.observed_at DESC, v.id
LIMIT $limit
RETURN v.id AS id, v.edge AS edge, v.kind AS kind, v.polarity AS polarity, v.weight AS weight,
       v.observed_at AS observed_at, v.summary AS summary, v.system AS system,
       v.provoked AS provoked, v.origin AS origin, v.outcome AS outcome, v.gap AS gap,
       coalesce(v.order, 0) AS order, coalesce(v.exposure, 0.0) AS exposure,
       coalesce(v.onsets, 0) AS onsets, coalesce(v.company, []) AS company,
       coalesce(v.pairs, 0) AS pairs, coalesce(v.effect, 0.0) AS effect,
       coalesce(v.effect_squares, 0.0) AS effect_squares
