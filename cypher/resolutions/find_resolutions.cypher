// The newest $limit documents on resolved incidents.
// access: read
// params: workspace, limit
// returns: incident, title, problem, component, role, symptoms, components, tags, execution, template, parameters, outcome, escalation_level, calls, tokens_prompt, tokens_completion, cost_micro_eur, duration_s, success_rate, attempts, opened_at, resolved_at, learnt_at, text, foreseen, corrections, corrected_by, correction
MATCH (r:Resolution)
WHERE r.workspace = $workspace AND r.resolved_at IS NOT NULL AND r.forgotten_at IS NULL
WITH r ORDER BY r.resolved_at DESC LIMIT $limit
RETURN r.incident AS incident, r.title AS title, r.problem AS problem, r.component AS component,
       r.role AS role, r.symptoms AS symptoms, r.components AS components, r.tags AS tags,
       r.execution AS execution, r.template AS template, r.parameters AS parameters,
       r.outcome AS outcome, r.escalation_level AS escalation_level, r.calls AS calls,
       r.tokens_prompt AS tokens_prompt, r.tokens_completion AS tokens_completion,
       r.cost_micro_eur AS cost_micro_eur, r.duration_s AS duration_s,
       r.success_rate AS success_rate, r.attempts AS attempts, r.opened_at AS opened_at,
       r.resolved_at AS resolved_at, r.learnt_at AS learnt_at, r.text AS text,
       r.foreseen AS foreseen, r.corrections AS corrections, r.corrected_by AS corrected_by,
       r.correction AS correction
