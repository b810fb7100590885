// What is remembered of how an incident was resolved; nothing once it was forgotten.
// access: read
// params: workspace, incident
// returns: incident, title, problem, component, role, symptoms, components, tags, execution, template, parameters, outcome, escalation_level, calls, tokens_prompt, tokens_completion, cost_micro_eur, duration_s, success_rate, attempts, opened_at, resolved_at, learnt_at, text, foreseen, corrections, corrected_by, correction
MATCH (r:Resolution {workspace: $workspace, incident: $incident})
WHERE r.forgotten_at IS NULL
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
