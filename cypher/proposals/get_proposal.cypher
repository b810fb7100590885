// One proposal by its id.
// access: read
// params: workspace, id
// returns: id, incident, escalation_level, model, analysis, template_id, parameters, proposed_command, risk_level, rollback_plan, explanation, criticality, created_at, status, diagnosis, verdict, refusal, rolls_back, requested_by, template_key, template_digest
MATCH (p:Proposal {workspace: $workspace, id: $id})
RETURN p.id AS id, p.incident AS incident, p.rung AS escalation_level, p.model AS model, p.analysis AS analysis,
       p.template_id AS template_id, p.parameters AS parameters,
       p.proposed_command AS proposed_command, p.risk_level AS risk_level,
       p.rollback_plan AS rollback_plan, p.explanation AS explanation,
       p.criticality AS criticality, p.created_at AS created_at, p.status AS status,
       p.diagnosis AS diagnosis, p.verdict AS verdict, p.refusal AS refusal,
       coalesce(p.rolls_back, '') AS rolls_back, coalesce(p.requested_by, '') AS requested_by,
       coalesce(p.template_key, '') AS template_key,
       coalesce(p.template_digest, '') AS template_digest
