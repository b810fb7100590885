"""The monitors' words for a status: one table for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from labo.domain.incidents.events import EventStatus

_FIRING = (
    # Alertmanager, Azure (Fired), PagerDuty, Opsgenie, Grafana, CloudWatch, Zabbix, Nagios
    "firing", "fired", "triggered", "trigger", "retriggered", "alerting", "alert", "alarm",
    "inalarm", "problem", "problemstart", "flappingstart",
    # New Relic, Google Cloud Monitoring, Jira, Kibana, Sentry, VictorOps
    "open", "opened", "reopened", "active", "activated", "create", "created", "new", "started",
    "ongoing", "unresolved", "investigating", "breached", "breach", "violated", "violation",
    "raised", "escalated", "regression", "regressed", "renotify",
    # states of checks: Uptime Kuma, Pingdom, Nagios, Kapacitor
    "down", "failed", "failing", "failure", "fail", "unhealthy", "error", "critical", "crit",
    "warning", "red",
    "warn", "degraded", "unreachable", "offline", "unavailable",
)  # fmt: skip
_RESOLVED = (
    "resolved", "resolve", "autoresolved", "ok", "okay", "closed", "close", "recovered",
    "recovery", "recover", "normal", "up", "cleared", "clear", "inactive", "deactivated", "ended",
    "finished", "fixed", "solved", "completed", "healthy", "passing", "online", "flappingstop",
    "deleted", "cancelled", "canceled", "success", "successful", "succeeded", "available",
    "passed", "pass", "done", "expired", "backtonormal", "operational", "green",
)  # fmt: skip
_ACKNOWLEDGED = (
    "acknowledged", "acknowledge", "acknowledgement", "ack", "acked", "accepted", "assigned",
    "inprogress", "identified", "monitoring",
)  # fmt: skip
_INFO = (
    # neither a problem nor its end: these open and close nothing
    "info", "information", "notice", "update", "updated", "comment", "test", "pending",
    "insufficientdata", "nodata", "paused", "suppressed", "silenced", "muted", "snoozed",
    "maintenance", "downtimestart", "downtimeend", "downtimecancelled", "unknown", "scheduled",
    "skipped",
)  # fmt: skip

STATUS_WORDS: Mapping[str, EventStatus] = {
    **dict.fromkeys(_FIRING, EventStatus.FIRING),
    **dict.fromkeys(_RESOLVED, EventStatus.RESOLVED),
    **dict.fromkeys(_ACKNOWLEDGED, EventStatus.ACKNOWLEDGED),
    **dict.fromkeys(_INFO, EventStatus.INFO),
}
"""Written in lower case, without marks: `In Progress`, `in_progress` and `InProgress` are one."""

_MARKS = str.maketrans("", "", " _-.[]()")
_LONGEST = 40
"""Characters of a word that is looked up; the longest known one has 17."""


def read_status(word: str) -> EventStatus | None:
    """The status behind a monitor's word, or None when the table lacks it.

    >>> read_status("ALARM"), read_status("No Data"), read_status("odd")
    (<EventStatus.FIRING: 'firing'>, <EventStatus.INFO: 'info'>, None)
    """
    if len(word) > _LONGEST:
        return None
    return STATUS_WORDS.get(word) or STATUS_WORDS.get(word.lower().translate(_MARKS))
