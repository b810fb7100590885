"""Which lines report an error: by level, and by words where the level is missing or too mild.

Many real logs have no level (sshd, most of syslog), and many errors are logged as warnings. So
words count too, after removing everything that merely mentions an error: "0 errors", "failed=0",
"failover", "no exception", "error corrected", "restart on failure", /var/log/error.

Which words count depends on the level. Without a level or at WARNING: any word of failure. At INFO
and DEBUG, which are meant to be harmless: only unambiguous ones, such as an exception's class with
its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labo.domain.entities.severity import Severity
from labo.domain.telemetry.logs.lines import Level, ParsedLine

_THINGS = (
    r"(?:errors?|fail(?:ed|ures?|s)?|failing|exceptions?|faults?|problems?|timeouts?|issues?|loss"
    r"|crash(?:es)?|rejected|denied|dropped|aborted|invalid|corrupt(?:ed|ions?)?)"
)
_HARMLESS = re.compile(
    "|".join(
        (
            r"\b(?:no|nothing|none|without|zero|0|not an?|free of)\s+(?:[a-z]+\s+){0,2}"
            rf"{_THINGS}\b",
            rf"\b[\w.-]*{_THINGS}[\w.-]*[\"']?\s*[=:]\s*"
            r"[\"']?(?:0+(?:\.0+)?%?(?![\w.])"
            r"|(?:none|null|nil|false|no|ok|success)\b(?=\W*(?:[,;|]|$|\w+=)))",
            r"\bfail-?(?:over|safe|fast|back)\w*|\bfail2ban\w*",
            r"\berror[- _]?(?:handl\w*|free|correct\w*|report\w*|page\w*|budget\w*|log\w*)",
            r"\b(?:exception|failure|fault)[- _]?(?:handl\w*|toleran\w*|detect\w*|polic\w*)",
            rf"\b(?:on|in case of|upon|if(?: an?| any)?|for|when(?: an?)?)\s+{_THINGS}\b"
            r"(?!\s+(?:user|to)\b)",
            r"\b(?:did not|didn't|does not|doesn't|won't|will not|never|cannot|can't) "
            r"(?:fail|crash|abort|time ?out)\w*",
            rf"\bno longer (?:\w+ )?{_THINGS}",
            rf"{_THINGS}\b[^.;]{{0,40}}?"
            r"\b(?:corrected|recovered|resolved|cleared|fixed|handled)\b",
            r"\b(?:recover(?:ed|y)|resolved|cleared|fixed|corrected|restored|succeeded|healthy)\b"
            rf"[^.;]{{0,20}}?\b(?:from|after)\b[^.;]{{0,40}}?{_THINGS}\b",
            r"\S*[/\\]\S*|\b[\w-]+\.(?:log|conf|html?|js|java|py|go|c|cpp)\b",
            r"\bmax\w* (?:retries|failures|errors)\b",
            r"\btimeouts?(?:\s+(?:of|is|set to))?\s*[=:]?\s*\d",
        )
    ),
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"\b(?:errors?|errno|fail(?:ed|ure|ures|s|ing)?|faults?|exceptions?|fatal|panic|critical|severe"
    r"|den(?:ied|y|ies)|refus(?:ed|es|al)|reject(?:ed|s)|forbidden|unauthori[sz]ed|unreachable"
    r"|unavailable|unsuccessful|unhealthy|time[ds]? ?-?out|timeouts?|abort(?:ed|ing)"
    r"|crash(?:ed|es)?"
    r"|corrupt(?:ed|ion)?|damaged|segfault|oom|deadlock|overflow(?:ed)?|traceback|invalid|illegal"
    r"|malformed|unable|cannot|can'?t|could ?n[o']t|couldn't|broken|violation|intrusion|attack"
    r"|break-in|alert|bad|wrong|missing|dead|died|killed|oops|bug|emergency|exceeded|exhausted"
    r"|mismatch|conflict|insufficient|stuck|hung|unexpected(?:ly)?|not (?:found|permitted|allowed"
    r"|responding|available|reachable|recogni[sz]ed|supported|authori[sz]ed|running|ready)"
    r"|no (?:such|route|space|response|more)|out of (?:memory|space|range)|lost|loss of|too many"
    r"|user unknown|unknown user|access violation|connection reset|gave up|giving up)\b"
    r"|\b\w+(?:Exception|Error|Failure)\b",
    re.IGNORECASE,
)
_NO_DOUBT = re.compile(
    r"\b[\w.]*[A-Z]\w*(?:Exception|Error)\b\s*:|\bTraceback\b|\b(?i:segfault|out of memory|"
    r"kernel panic|stack overflow|core dumped|no space left|uncaught|unhandled exception)"
    r"|\b(?i:failed to|failed with|failed:)|\bto FAILED\b|\bFATAL\b|\bERROR\b"
)
_CRITICAL = re.compile(
    r"\b(?:panic|fatal|segfault|out of memory|oom-?kill\w*|no space left|core dumped|data loss"
    r"|emergency)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Assessment:
    """`severity` None: no problem. `evidence` is the level or the words that decided."""

    severity: Severity | None
    evidence: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it is an error; a warning is not, and counts towards its own threshold."""
        return self.severity in (Severity.ERROR, Severity.CRITICAL)


_NOTHING = Assessment(None)


def assess(parsed: ParsedLine) -> Assessment:
    """Whether the line reports a problem, how severe, and by which evidence."""
    level = parsed.level
    if level is Level.CRITICAL:
        return Assessment(Severity.CRITICAL, level.value)
    if level is Level.ERROR:
        return Assessment(Severity.ERROR, level.value)
    # A request's path and the client's text are data: only the status counts.
    words = None if parsed.status is not None else _find_failure(parsed.message, level)
    if words is not None:
        grave = level is None and _CRITICAL.search(words)
        return Assessment(Severity.CRITICAL if grave else Severity.ERROR, words)
    return Assessment(Severity.WARNING, level.value) if level is Level.WARNING else _NOTHING


def _find_failure(message: str, level: Level | None) -> str | None:
    pattern = _NO_DOUBT if level in (Level.INFO, Level.DEBUG) else _FAILURE
    if not pattern.search(message):  # most lines end here, unchanged
        return None
    found = pattern.search(_HARMLESS.sub(" ", message))
    return found.group().strip() if found else None
