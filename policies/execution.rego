# What the bundled policy refuses when an action is about to be executed.
#
# Each rule adds a hit to `hits`: its name, its enforcement (`audit`, `warn` or `deny`; the
# strictest decides) and a sentence for the person who reads the refusal. Files of one's own are of
# the same package: they add hits and can take none away. Limits are data, see limits.json.
package labo.policy

import rego.v1

ranks := {"low": 1, "medium": 2, "high": 3}

# A risk that is none of the three outranks all limits; a limit that is none of them permits nothing.
rank := object.get(ranks, input.risk, 4)

limit_of(risk) := object.get(ranks, risk, 0)

hit(rule, enforcement, message) := {
	"rule": rule,
	"enforcement": enforcement,
	"message": message,
}

# --- the template

hits contains hit("unsigned", "deny", "no trusted and valid key signed this template") if {
	input.signed != true
}

hits contains hit("revoked", "deny", "this version of the template was revoked") if {
	input.status == "revoked"
}

hits contains hit("unpublished", "deny", "this version of the template is not published here") if {
	not input.status in {"active", "deprecated", "revoked"}
}

hits contains hit("deprecated", "warn", "this version of the template is deprecated") if {
	input.status == "deprecated"
}

hits contains hit("outdated", "deny", "a newer version of the template is active") if {
	input.newest != true
}

hits contains hit("allow_list", "deny", "the template is not on the allow-list") if {
	not listed
}

listed if "*" in data.labo.limits.allow_list

listed if input.template in data.labo.limits.allow_list

listed if input.template_key in data.labo.limits.allow_list

# --- who acts

hits contains hit("autonomy", "deny", "this workspace executes nothing") if {
	not input.autonomy in {"approve", "safe_auto"}
}

hits contains hit("approval", "deny", "a person must approve this action") if {
	input.approver == ""
	not safe
}

safe if {
	input.autonomy == "safe_auto"
	rank <= limit_of(data.labo.limits.unattended)
}

hits contains hit("unattended", "audit", "executed without a person's approval") if {
	input.approver == ""
	safe
}

hits contains hit("second_person", "deny", "at high risk requester and approver must differ") if {
	rank >= 3
	input.approver != ""
	input.approver == input.requester
}

hits contains hit("level", "deny", "N3 reports and executes nothing") if {
	input.level == "n3"
}

# --- where and when

hits contains hit("environment", "deny", message) if {
	limit := object.get(data.labo.limits.environments, input.environment, data.labo.limits.elsewhere)
	rank > limit_of(limit)
	message := sprintf("%s risk is above %s, the limit in %s", [input.risk, limit, input.environment])
}

hits contains hit("hour", object.get(period, "enforcement", "deny"), message) if {
	some period in data.labo.limits.hours
	within(input.hour, period)
	rank > limit_of(object.get(period, "risk", ""))
	message := sprintf("%s risk is above the limit from %d to %d o'clock UTC", [input.risk, period.from, period.to])
}

within(hour, period) if {
	period.from <= period.to
	hour >= period.from
	hour < period.to
}

within(hour, period) if {
	period.from > period.to
	outside(hour, period)
}

outside(hour, period) if hour >= period.from

outside(hour, period) if hour < period.to
