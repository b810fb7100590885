"""How bad an event or an incident is, and the monitors' words for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Severity(StrEnum):
    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


SEVERITY_RANK: Mapping[Severity, int] = {
    Severity.INFO: 0,
    Severity.WARNING: 1,
    Severity.ERROR: 2,
    Severity.CRITICAL: 3,
}

_CRITICAL, _ERROR, _WARNING, _INFO = (
    Severity.CRITICAL,
    Severity.ERROR,
    Severity.WARNING,
    Severity.INFO,
)
_Words = Mapping[str, Severity]

_LADDERS: _Words = {
    f"{prefix}{number}": severity
    for prefix in ("p", "s", "sev", "severity", "prio", "priority")
    for number, severity in enumerate((_CRITICAL, _CRITICAL, _ERROR, _WARNING, _INFO, _INFO))
}
"""P0 to P5 and Sev0 to Sev5 of people on call (PagerDuty, Opsgenie, Datadog, Atlassian)."""

WORDS: _Words = {
    **_LADDERS,
    # syslog (RFC 5424) and the log levels
    **dict.fromkeys(
        ("emergency", "emerg", "alert", "critical", "crit", "fatal", "panic"), _CRITICAL
    ),
    **dict.fromkeys(("error", "errors", "err", "severe"), _ERROR),
    **dict.fromkeys(("warning", "warnings", "warn"), _WARNING),
    **dict.fromkeys(("notice", "information", "informational", "info", "debug"), _INFO),
    **dict.fromkeys(("verbose", "trace", "ok", "none"), _INFO),
    # ITU-T X.733, ServiceNow, Dynatrace, Opsgenie, Zabbix, Jira, Sentry, SonarQube
    **dict.fromkeys(("blocker", "urgent", "disaster", "highest", "immediate"), _CRITICAL),
    **dict.fromkeys(("veryhigh", "extreme", "showstopper"), _CRITICAL),
    **dict.fromkeys(("major", "high", "important", "serious", "danger"), _ERROR),
    **dict.fromkeys(("minor", "medium", "moderate", "average", "indeterminate"), _WARNING),
    **dict.fromkeys(("low", "lowest", "verylow", "trivial", "planning"), _INFO),
    **dict.fromkeys(("cleared", "clear", "notclassified", "notification"), _INFO),
    # Prometheus users (page, ticket), and states that are sent in a severity's place
    **dict.fromkeys(("page", "pager", "paging", "outage", "red", "catastrophic"), _CRITICAL),
    **dict.fromkeys(("down", "unreachable"), _CRITICAL),
    **dict.fromkeys(("failure", "failed", "unhealthy", "exception", "partialoutage"), _ERROR),
    **dict.fromkeys(("ticket", "degraded", "yellow", "amber", "orange", "unknown"), _WARNING),
    **dict.fromkeys(("healthy", "normal", "good", "green", "up", "success", "maintenance"), _INFO),
    # "no severity" of Google Cloud Monitoring: it names none, which is a warning as for none
    **dict.fromkeys(("noseverity", "unspecified", "undefined"), _WARNING),
}
"""What a word means from any source; written in lower case, without marks."""

SCALES: Mapping[str, _Words] = {
    # 0 Critical, 1 Error, 2 Warning, 3 Informational, 4 Verbose (Azure Monitor)
    "azure": {
        f"{prefix}{number}": severity
        for prefix in ("sev", "")
        for number, severity in enumerate((_CRITICAL, _ERROR, _WARNING, _INFO, _INFO))
    },
    # 0 Not classified, 1 Information, 2 Warning, 3 Average, 4 High, 5 Disaster (Zabbix)
    "zabbix": dict(
        zip("012345", (_INFO, _INFO, _WARNING, _WARNING, _ERROR, _CRITICAL), strict=True)
    ),
    # plug-in exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
    **{
        name: dict(zip("0123", (_INFO, _WARNING, _CRITICAL, _WARNING), strict=True))
        for name in ("nagios", "icinga", "checkmk", "sensu", "naemon")
    },
    # RFC 5424: 0 Emergency to 7 Debug
    "syslog": dict(
        zip("01234567", (*[_CRITICAL] * 3, _ERROR, _WARNING, *[_INFO] * 3), strict=True)
    ),
    # event table: 0 Clear, 1 Critical, 2 Major, 3 Minor, 4 Warning, 5 Info
    "servicenow": dict(
        zip("012345", (_INFO, _CRITICAL, _ERROR, _WARNING, _WARNING, _INFO), strict=True)
    ),
    # alert.severity: 1 DEBUG, 2 INFO, 3 WARN, 4 ERROR, 5 SEVERE, 6 FATAL
    "splunk": dict(zip("123456", (_INFO, _INFO, _WARNING, _ERROR, _ERROR, _CRITICAL), strict=True)),
    # ProblemSeverity
    "dynatrace": {
        "availability": _CRITICAL,
        "error": _ERROR,
        **dict.fromkeys(("performance", "resourcecontention", "resource"), _WARNING),
        **dict.fromkeys(("customalert", "monitoringunavailable"), _WARNING),
    },
}
"""What numbers, and some words, mean from one vendor's monitor; before `WORDS`."""

_MARKS = str.maketrans("", "", " _-./:!")
_BETWEEN = str.maketrans(dict.fromkeys("()[]_-/,;:|!=#", " "))
_NEGATIONS = frozenset({"non", "not", "no", "sub", "pre"})
_VAGUE = frozenset({"alert"})
"""Of `alert: minor` and `minor_alert` the other part counts."""
_LONGEST = 40
"""Characters of a word that is looked up; the longest known one has 21."""


def scale_of(source: str) -> str | None:
    """The scale that a source's name implies: `azure-prod` writes as Azure Monitor does."""
    lowered = source.lower()
    return next((name for name in SCALES if name in lowered), None)


def read_severity(word: str, scale: str | None = None) -> Severity | None:
    """The severity behind a monitor's word, or None when no table has it.

    Case and marks do not matter; of `P1 - Critical`, `1 (high)` or `critical_page` the first part
    that a table has counts, unless a part such as `non` turns it round.

    >>> read_severity("SEV-1"), read_severity("Sev2", "azure"), read_severity("2")
    (<Severity.CRITICAL: 'critical'>, <Severity.WARNING: 'warning'>, None)
    """
    if scale is None and (severity := WORDS.get(word)):
        return severity
    if len(word) > _LONGEST:
        return None
    own = SCALES.get(scale, {}) if scale else {}
    lowered = word.lower()
    whole = lowered.translate(_MARKS)
    if severity := own.get(whole) or WORDS.get(whole):
        return severity
    parts = [part for part in lowered.translate(_BETWEEN).split() if not part.isdigit()]
    if _NEGATIONS.intersection(parts):
        return None
    known = [part for part in parts if part in own or part in WORDS]
    clear = [part for part in known if part not in _VAGUE]
    return (own.get(clear[0]) or WORDS[clear[0]]) if clear else None
