"""The phrases of a log line that mention a failure and report none (see `failure_words`).

RE2 knows no look-around, so what a phrase must not be followed by is read as part of the phrase.
"""

from __future__ import annotations

from labo.domain.telemetry.logs.failure_words import FAILURE, MEMORY, SURE
from labo.expressions import ExpressionSet, expression

_THINGS = (
    r"(?:errors?|fail(?:ed|ures?|s)?|failing|exceptions?|faults?|problems?|time-?outs?|timed out"
    r"|issues?|loss|lost|crash(?:es|ed)?|rejected|rejections?|refused|denied|dropped|aborted"
    r"|invalid|corrupt(?:ed|ions?)?|missing|mismatch(?:es)?|conflicts?|violations?|alerts?|dead"
    r"|deadlocks?|killed|unreachable|unavailable|unhealthy|stuck|overflows?|bad|broken|errno"
    r"|criticals?|fatals?|warnings?|panics?|uncorrectable|unreadable|declined|throttled)"
)
_ZERO = r"(?:0+(?:\.0+)?(?: ?%|ms|s)?)(?:[^\w.%/]|\.\s|\.?$)"
_LEVELS = r"[\"'\[]?(?:emerg\w*|alert|crit\w*|fatal|err(?:or)?s?|warn\w*|severe)\b[\"'\]]?"
_FILE = (
    r"(?:log|conf|cfg|ini|toml|properties|ya?ml|json|xml|html?|txt|md|csv|sql|sh|bat|ps1|[cm]?jsx?"
    r"|[cm]?tsx?|map|css|scss|vue|svelte|java|class|jar|kt|scala|py|pyc|go|rb|rs|php|c|cc|cpp|h|hpp"
    r"|cs|dll|so|exe|proto|tf|tmpl|tpl|png|svg|gz|zip|tar|db|sock|pid|lock)"
)
_HARMLESS = (
    # Zero counts and rates of zero.
    r"\b(?:no|nothing|none|without|zero|0|not an?|free of)\s+(?:(?:[a-z-]+|[\"']\w+[\"'])\s+){0,3}?"
    rf"{_THINGS}\b(?:,? (?:or|and|nor) (?:\w+ )?{_THINGS}\b)?",
    rf"\b0 ?(?:of|/|out of) ?\d+ (?:\w+ ){{0,3}}?{_THINGS}\b",
    rf"\b[\w.-]*{_THINGS}[\w.-]*(?:[ _-](?:rates?|ratio|counts?|total|percent(?:age)?)| packets?"
    rf"| so far| requests?| to \w+){{0,2}}[\"']?\s*(?:[=:]|is|was|of)?\s*[\"'(]?{_ZERO}",
    rf"\b[\w.-]*{_THINGS}[\w.-]*[\"']?\s*[=:]\s*[\"']?(?:none|null|nil|false|no|off|never"
    rf"|disabled|ok"
    r"|success)\b(?:\W*[,;|\])}]|\s+\w+=|\W*$)",
    rf"\b[\w.-]*{_THINGS}[\w.-]*[\"']?\s*[=:]\s*(?:\"\"|''|\[\]|\{{\}}|<nil>|-(?:\s|$))",
    r"\b(?:errors|failures|exceptions|problems|warnings) (?:none|nil)\b",
    rf"\b[\w.-]*{_THINGS}[\w.-]*[\"']?\s*[=:]\s*0 ?(?:/|of) ?\d+\b",
    rf"\b{_THINGS} (?:blocks|sectors|packets|frames|rows|lines|requests|records|total|tasks|jobs"
    r"|builds|messages|tests|checks|nodes|hosts|targets|orders|logins|attempts|items|files|queries"
    rf"|connections)\s*[=:]\s*(?:0/\d+\b|{_ZERO})",
    rf"\blevel\b[^.;]{{0,40}}?\b(?:from|to) {_LEVELS}",
    r"\b(?:export|send|report|forward|collect|track|count)\w* (?:errors|exceptions|failures)\b"
    r"|\b(?:acknowledged|silenced|muted|closed|resolved) alerts?\b",
    r"\b(?:Compil|Download|Install|Unpack|Check|Build|Fetch|Add|Remov|Updat)(?:ing|ed) [\w.:@/+-]+"
    r" \(?v?\d",
    r"\b(?:tables?|topics?|queues?|streams?|subjects?|collections?|index|bucket|folder|schema"
    r"|channel) [\"']?(?:errors|failures|exceptions|alerts|dead\w*)[\"']?(?:\s|$)",
    # What is named after a failure, and was made, read or set.
    r"\b(?:errors?|failures?|exceptions?|faults?|critical|fatal|panics?|alerts?|time-?outs?|dead"
    r"|bad"
    r"|invalid|missing|failed|failing|rejects|crash)[\"'}]?(?:[.>][\w.>-]*)? (?:[\w\"'-]+ ){0,2}"
    r"(?:created|registered|loaded|configured|enabled|disabled|installed|initiali[sz]ed|subscribed"
    r"|bound|declared|mounted|compiled|bundled|inlined|emitted|rendered|imported|mapped|translated"
    r"|updated|saved|added|deleted|removed|scheduled|indexed|parsed|uploaded|downloaded|rotated"
    r"|archived|exported|passed|logged in|took \d+|has \d+|is (?:on|off|ready|enabled|disabled"
    r"|empty"
    r"|set|optional)|was (?:raised|lowered|changed|set))\b",
    r"\b(?:mounted|created|declared|deleted|registered|loaded|opened|installed|compiled|imported"
    r"|subscribed to|listening (?:to|on|for)|watching|rendered) (?:the |an? |new )?"
    r"(?:\w+ )?[\"'{]?(?:errors?|failures?|exceptions?|alerts?|faults?)[\"'}]?(?: (?:at|from|in"
    r"|on|to)\b"
    r"|[,;]|\.?$)",
    r"\bSHOW \w+ LIKE '[^']*'|\.(?:find|aggregate|update|delete|insert|count)\w*\(.*",
    rf"\b{_THINGS} (?:mode|flag|state)[\"']?(?:\s*[=:]| is| was)? (?:off|disabled|false|no|0)\b",
    # Settings: levels, limits and waits that are configured.
    r"\b(?:log(?:ging|ger)?|console|root|file|default|minimum|min|verbosity|severity|alert)"
    r"[ _.-]*(?:level|threshold|verbosity|severity)?s?\b[\"']?\s*"
    rf"(?:(?:is|was|are|now|has been|set|changed|switched|to|at|=|:|->)\s*){{1,4}}{_LEVELS}",
    rf"\b[\w.-]*level[\w.]*\s*[=:]\s*{_LEVELS}|\bat (?:log )?level {_LEVELS}",
    rf"\b(?:level|threshold|verbosity) (?:is |was |now )*(?:(?:set|changed) )?(?:to|is|at) "
    rf"(?:\w+ to )?{_LEVELS}",
    rf"\b(?:from|to) {_LEVELS} (?:log )?level\b|\b(?:only|level|above|below|at) {_LEVELS} and "
    r"(?:above|below|higher|worse)",
    r"\b[\w.-]*time-?outs?[\w.]*[\"']?(?: (?:value|setting|interval|period))?\s*"
    r"(?:(?:is|was|has been|of|now|currently|set|configured|changed|to|as|at|=|:|\()\s*){0,4}"
    r"[\"']?\d[\w.]*",
    r"\b[\w.-]*time-?outs? (?:is |was |are )?(?:configured|disabled|enabled|set)\b",
    r"\b(?:max\w*|min\w*|allowed|tolerat\w+|configured)[ _.-](?:\w+[ _.-]){0,2}?"
    r"(?:retries|failures?|errors?|time-?outs?|alerts?|violations?)\b",
    r"(?:^|\s)--?[a-z][\w-]*",
    r"\b\w*[-_ ]?on[-_](?:error|failure|fail|timeout|abort|crash)\w*\b",
    # Names: files, paths, addresses, queues, tables, counters, tests, parts of programs.
    r"\S*[/\\]\S*|\b[\w-]+(?:[.-][\w-]+)*\." + _FILE + r"\b",
    r"\bdead[- _]?letter(?:s|ing)?\b(?:[- _](?:queues?|topics?|exchanges?|channels?))?|\bdlq\b",
    r"\b(?:queues?|topics?|channels?|tables?|index|collections?|metrics?|counters?|rules?|alerts?"
    r"|labels?|columns?|fields?|flags?|settings?|options?|jobs?|tests?|suites?) "
    rf"[\"'`]?[\w.-]*{_THINGS}[\w.-]*[\"'`]? (?:is |was |has been |are )?(?:declared|created|added"
    r"|registered|loaded|updated|deleted|removed|subscribed|bound|ready|opened|passed|enabled"
    r"|disabled|resolved|skipped)\b",
    r"\b[a-z0-9]+(?:[-.:][a-z0-9]+)*[-.:](?:errors?|fail(?:ed|ures?|ing)?|exceptions?|dead|alerts?"
    r"|timeouts?|missing|invalid|rejected)\b(?:[-.:][a-z0-9]+)*",
    r"\b(?:errors?|fail(?:ed|ures?)?|exceptions?|dead|alerts?|timeouts?|rejected)"
    r"(?:[-.][a-z0-9]+)+\b",
    r"\b[Tt]est(?:_\w+|[A-Z]\w*|s?(?:\.\w+)+)\b|(?:PASS(?:ED)?|SKIP(?:PED)?)\b[: ]+\S+",
    r"\b(?:simulat\w+|mock(?:ed)?|fake|dummy|injected|sample|intentional|deliberate|expected)"
    rf"\s+(?:\w+\s+){{0,2}}?(?:{_THINGS}|fatal|panic|critical)\b",
    r"\balert(?:ing|s)? (?:rules?|manager|polic\w+|groups?|channels?|definitions?|routes?"
    r"|thresholds?|levels?|states?|receivers?)\b",
    r"\bfail-?(?:over|safe|fast|back)\w*|\bfail2ban\w*",
    r"\berrors?[- _]?(?:handl\w*|free|correct\w*|report\w*|page\w*|budget\w*|log\w*|track\w*"
    r"|boundar\w*|dashboard\w*|statistics|stats|metrics?|templates?|middleware|callback\w*"
    r"|threshold\w*|polic\w*|sources?|collect\w*|inject\w*|monitor\w*|listener\w*|counters?"
    r"|codes? table|simulat\w*|messages? (?:of|for|templates?))",
    # Texts about errors: addresses, subjects, test reports, commits, lists, conditions.
    r"\S*@\S*|\blost(?:\+| and )found\b|\b(?:den(?:y|ied)|block|ignore)[- _]?lists?\b",
    r"\b(?:mail|e-?mail|subject|title|template|notification|page|commit|branch|dashboard|chart"
    r"|panel|folder|role|label|tag|report)s?[=:]? ?"
    r"(?:\"[^\"]*\"|'[^']*')",
    r"^ok \d+\b.*|^\s*[✓✔√] .*|^\s*(?:Scenario(?: Outline)?|Feature): .*|\bdry[- ]run: .*"
    r"|\b(?:kernel )?command line: .*|\bpanic\w*\s*=\s*\d+|\bOn(?:Failure|Error)=|\b\w+#\w+\b"
    r"|[{<]\w+[}>]|\bcrash[- ]?dumps? (?:folder|dir\w*|path|file)"
    r"|\b(?:incident|problem|ticket|issue|alarm)s? (?:\S+ )?(?:closed|resolved|ended)\b.*"
    r"|^\[[\w/. -]+ [0-9a-f]{7,40}\] .*|^Merge (?:pull request|branch) .*"
    r"|^(?:commit )?[0-9a-f]{7,40} (?:fix|add|remove|handle)\w*\b.*",
    rf"\b(?:would|clear(?:ed|ing)|reset|ignor(?:ed|ing)|skipp(?:ed"
    rf"|ing)) (?:[\w-]+ ){{0,4}}?{_THINGS}\b",
    r"\b(?:retention (?:of|for) |number of )?failed (?:jobs|tasks|builds|messages|logins|runs"
    r"|records"
    r"|files|orders) (?:is|are|were|will be) (?:kept|stored|retained|deleted|removed|purged|listed"
    r"|archived|\d)",
    r"\btime-?outs?[:=] (?:\w+ \d+\w*,? ?){1,6}|\bis down (?:to|by|from)\b",
    rf"\bfix(?:e[sd])? (?:\w+ ){{0,4}}?{_THINGS}\b",
    rf"\b{_THINGS}\b[^.;,]{{0,40}}?\b(?:will|would|can|may|should|must|are|is) (?:be )?(?:mailed"
    r"|e-?mailed|sent|logged|reported|written|ignored|shown|collected|forwarded|described"
    r"|documented|explained)\b",
    r"\b(?:if|when|whenever|until|before|unless|should) (?:[\w'-]+ ){1,4}?(?:fails?|crashes|dies"
    r"|times out|is (?:lost|unavailable|unreachable))\b",
    rf"\b{_THINGS}\b[^.;]{{0,40}}?\b(?:back to normal|normal again|under control)\b",
    r"\b(?:(?:uncaught|unhandled|fatal|global|default)[- _])?(?:exceptions?|failures?|faults?"
    r"|timeouts?|crash|panic|rejections?|deadlocks?|leaks?)[- _]?(?:handl\w*|toleran\w*"
    r"|detect(?:or|ion)s?\b"
    r"|polic\w*|monitor\w*|collect\w*|mapp\w*|translat\w*|filter\w*|resolver\w*"
    r"|threshold\w*|report\w*|recover\w*|domain\w*)",
    # Conditions and denials.
    r"\b(?:on|in case of|upon|if(?: an?| any)?|for|when(?: an?)?)\s+"
    r"(?:errors?|failures?|failing|exceptions?|faults?|problems?|timeouts?|issues?|loss"
    r"|crash(?:es)?"
    r"|rejected|denied|dropped|aborted|corrupt(?:ed|ions?)?)\b",
    r"\bfor (?:failed|invalid)\b",
    r"\b(?:did not|didn't|does not|doesn't|won't|will not|never|cannot|can't) "
    r"(?:fail|crash|abort|time ?out)\w*",
    rf"\bno longer (?:\w+ )?{_THINGS}",
    # Failures that are over.
    rf"{_THINGS}\b[^.;]{{0,40}}?\b(?:corrected|recovered|resolved|cleared|fixed|handled)\b",
    rf"\b(?:{_THINGS}|5\d\d)\b[^.;,]{{0,60}}?\b(?:now|then|finally|eventually|subsequently|later)\b"
    r"[^.;,]{0,20}?\b(?:succeed(?:ed|s)|passed|passes|worked|works|went well"
    r"|is (?:ok|fine|healthy))",
    r"\bretr(?:y|ies|ied|ying)\b[^.;,]{0,60}?\b(?:succeed(?:ed|s)|successful(?:ly)?|worked"
    rf"|went well|passed|ok)\b(?:[^.;]{{0,20}}?\b(?:after|despite)\b[^.;]{{0,20}}?{_THINGS}\b)?",
    rf"\b(?:recover(?:ed|y)|resolved|cleared|fixed|corrected|restored|succeeded|healthy|ok again"
    r"|went well|successful(?:ly)?|worked|connected|passed)\b"
    rf"[^.;]{{0,20}}?\b(?:from|after|despite|of)\b[^.;]{{0,40}}?{_THINGS}\b",
)
HARMLESS = expression("|".join(_HARMLESS), ignore_case=True, memory=MEMORY)
"""Phrases that mention an error and report none."""

_SQL_END = (
    r";|$|\s(?:failed|timed out|aborted|deadlocked|(?:was |has been )?(?:rejected|cancell?ed)"
    r"|returned (?:an )?error|exceeded)(?:\s+(?:with|after|because|due|in|on|for|by|at)\b"
    r"|:|\.?\s*$)"
)
SQL = expression(
    r"\b(?:SELECT\s[^;]+?\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s"
    rf"|(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX|VIEW|TYPE)\s)[^;]*?(?:{_SQL_END})",
    ignore_case=True,
)
"""A statement's text is data; what is said behind it counts."""

ALL = ExpressionSet(SURE, FAILURE, HARMLESS, SQL, memory=MEMORY)
"""One look says which there are; most lines have none, and most failures are no mere mention."""
