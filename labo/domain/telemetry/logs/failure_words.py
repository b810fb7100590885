"""The words by which a log line reports a failure, and the phrases that only mention one.

All expressions are RE2: one pass over the text, however long. RE2 knows no look-around, so what a
phrase must not be followed by is read as part of the phrase, or is checked on the match.

Sources: the errno names of Linux and POSIX; the reasons of Kubernetes' events and container states;
systemd's and Docker's exit reports; the kernel's own alarms; the errors of OpenSSL and Go's
crypto/x509; messages of proxies without a live server; loghub (Zhu et al., ISSRE 2023) for the
general words.
"""

from __future__ import annotations

from labo.expressions import ExpressionSet, expression

_WORDS = (
    r"errors?|errno|fail(?:ed|ures?|s|ing)?|faults?|exceptions?|fatal|panic(?:ked)?|critical|severe"
    r"|den(?:ied|y|ies)|refus(?:ed|es|al)|reject(?:ed|s)|forbidden|unauthori[sz]ed|unreachable"
    r"|unavailable|unsuccessful|unhealthy|time[ds]? ?-?out|timeouts?|abort(?:ed|ing)"
    r"|crash(?:ed|es|ing)?|corrupt(?:ed|ions?)?|damaged|segfault|oom|deadlock|overflow(?:ed)?"
    r"|traceback|invalid|illegal|malformed|unable|cannot|can'?t|could ?n[o']t|couldn't|broken"
    r"|violat(?:es?|ed|ions?)|intrusion|attack|break-in|alert|bad|wrong|missing|dead|died|killed"
    r"|oops|bug|emergency|exceeded|exhausted|mismatch|conflict|insufficient|stuck|hung"
    r"|unexpected(?:ly)?|lost|loss of|too many|gave up|giving up"
)
_PHRASES = (
    r"not (?:found|permitted|allowed|responding|available|reachable|recogni[sz]ed|supported"
    r"|authori[sz]ed|running|ready)|no (?:such|route|space|response|more)"
    r"|out of (?:memory|space|range)|user unknown|unknown user|access violation|connection reset"
)
FAILURE = expression(rf"\b(?:{_WORDS}|{_PHRASES})\b", ignore_case=True)
"""Words of failure, where a line has no level or is a warning."""

_ERRNO = (
    r"\bE(?:CONN(?:REFUSED|RESET|ABORTED)|TIMEDOUT|(?:HOST|NET)UNREACH|HOSTDOWN|NOSPC|[MN]FILE"
    r"|ACCES|PERM|PIPE|IO|ROFS|ADDRINUSE|ADDRNOTAVAIL|NOTFOUND|AI_AGAIN|NOMEM|DQUOT|NOENT)\b"
)
_CODES = (
    r"(?i:\bexit(?:ed|s|ing)?\b:?(?: \w+){0,3}?[ _-]?(?:code|status)?[ :=]{1,3}\(?-?[1-9]\d{0,9}\b"
    r"|\bexit_?(?:code|status)[\"']?[ :=]{1,3}-?[1-9]\d{0,9}\b"
    r"|\bcode=(?:exited|killed|dumped), ?status=[1-9]|\bnon-?zero exit|\bkilled by signal)"
)
_HTTP = (
    r"(?i:\bHTTP(?:/\d(?:\.\d)?)?\"?(?: status| code| response| error){0,3}[ :=]{1,3}5\d\d\b"
    r"|\b(?:status|response|http|return(?:ed)?)[ _]?(?:code)?[\"']?[ :=]{1,3}(?:HTTP )?5\d\d\b"
    r"|\b(?:answered|responded|replied|failed|got|received)(?: with| by| a| an)? 5\d\d\b"
    r"|\b5\d\d (?:internal server error|bad gateway|service (?:temporarily )?unavailable"
    r"|gateway time-?out)\b"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S+ (?:HTTP/[\d.]+\"? )?5\d\d\b)"
)
_KUBERNETES = (
    r"\bOOM-?[Kk]ill\w*|\bCrashLoopBackOff\b|\b(?:Err)?ImagePull(?:BackOff)?\b|\bNodeNotReady\b"
    r"|\b(?:CreateContainer(?:Config)?|RunContainer|InvalidImageName)Error\b|\bFailed[A-Z]\w+"
    r"|(?i:\bback-off restarting|\b(?:pods?|containers?)\b[^.;]{0,80}?\bevict(?:ed|ing)\b"
    r"|\bevict(?:ed|ing) (?:the )?pods?\b|\breason[:=]\W{0,2}evicted\b"
    r"|\blow on (?:resources?|memory|disk|inodes|ephemeral-storage)\b)"
)
_KERNEL = (
    r"\b(?:SIG(?:SEGV|ABRT|BUS|ILL|FPE))\b|\b(?:CPU#?\d{0,4} )?hard LOCKUP\b|\bBUG: "
    r"|\bAddressSanitizer\b|(?i:\bstack smashing detected|\bsegmentation fault|\bcore dumped"
    r"|\bgeneral protection fault|\bmachine check (?:events?|exceptions?|errors?)"
    r"|\brcu[_ ]?\w{0,20}:? [^.;]{0,40}?stall|\bsoft lockup|\bhung[ _]task"
    r"|\bblocked for more than \d+ sec|\bdouble free or corruption|\bI/O error"
    r"|\bread-only file ?system)"
)
_CONNECTIONS = (
    r"(?i:\bx509: |\bcertificate (?:has |is |was )?(?:already )?(?:expired|revoked|not (?:yet )?"
    r"valid|not trusted|invalid|unknown)|\bexpired certificate|\bunknown (?:certificate )?"
    r"(?:authority|ca)\b|\bself[- ]signed certificate in|\blocal issuer certificate"
    r"|\bhandshake (?:failure|failed|error|timeout)|\baddress (?:is )?already in use"
    r"|\b(?:no|has no|without) (?:live |healthy |available )?(?:servers?|upstreams?|backends?"
    r"|endpoints?)(?: is| are)? ?(?:available|left)?\b(?:!|\.|$| for| in| while| to (?:serve|handle"
    r"|process))|\bno (?:live|healthy) (?:upstreams?|servers?|backends?|hosts?)"
    r"|\bprematurely closed|\bbroken pipe|\bclosed by peer|\breset by peer"
    r"|\b(?:name or service|host(?:name)?) not known|\btoo many open files|\bno space left"
    r"|\b(?:disk|file ?system|volume|partition) (?:is |was )?full\b"
    r"|\bcircuit[ -]?breaker[^.;]{0,40}?\b(?:open(?:ed)?|tripped)\b"
    r"|\b(?:moved|sent|routed|sending|moving|published|forwarded) [^.;]{0,60}?\b(?:in)?to (?:the )?"
    r"(?:dead[- ]?letter|dlq\b))"
)
_CLASS = r"\b(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Exception|Error|Failure)\b"
SURE = expression("|".join((_ERRNO, _CODES, _HTTP, _KUBERNETES, _KERNEL, _CONNECTIONS, _CLASS)))
"""Failures by name, which paths and identifiers around them do not take back."""

NO_DOUBT = expression(
    r"\b(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Exception|Error)\b ?: "
    r"|\bTraceback \(most recent call last\)|\bpanic: |\bstack smashing detected"
    r"|\brcu[_ ]?\w{0,20}:? [^.;]{0,40}?stall|\bsoft lockup|\bblocked for more than \d+ sec"
    r"|(?i:\bkernel panic|\bout of memory: kill|\bcore dumped|\bsegfault at|\bsegmentation fault"
    r"|\bno space left on device)"
)
"""What makes an error of an INFO or DEBUG line. The kernel prefixes its stalls and hung tasks with
"INFO:"; a signal that dumped core, a kernel's panic and a full device have one meaning only; an
exception's class with its text is how a program without error levels reports one. Nothing else: a
program that says INFO has said that "failed" is not its own failure."""

CRITICAL = expression(
    r"\b(?:panic(?:ked)?|fatal|segfault|out of memory|oom-?kill\w*|no space left|core dumped"
    r"|data loss|emergency|CrashLoopBackOff|(?:soft|hard) lockup|stack smashing)\b",
    ignore_case=True,
)
"""Of these words a line without a level is critical."""

_THINGS = (
    r"(?:errors?|fail(?:ed|ures?|s)?|failing|exceptions?|faults?|problems?|time-?outs?|timed out"
    r"|issues?|loss|lost|crash(?:es|ed)?|rejected|rejections?|refused|denied|dropped|aborted"
    r"|invalid|corrupt(?:ed|ions?)?|missing|mismatch(?:es)?|conflicts?|violations?|alerts?|dead"
    r"|deadlocks?|killed|unreachable|unavailable|unhealthy|stuck|overflows?|bad|broken)"
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
    rf"{_THINGS}\b",
    rf"\b0 ?(?:of|/|out of) ?\d+ (?:\w+ ){{0,3}}?{_THINGS}\b",
    rf"\b[\w.-]*{_THINGS}[\w.-]*(?:[ _-](?:rates?|ratio|counts?|total|percent(?:age)?)| packets?"
    rf"| so far| requests?| to \w+){{0,2}}[\"']?\s*(?:[=:]|is|was|of)?\s*[\"'(]?{_ZERO}",
    rf"\b[\w.-]*{_THINGS}[\w.-]*[\"']?\s*[=:]\s*[\"']?(?:none|null|nil|false|no|ok|success)\b"
    r"(?:\W*[,;|\])}]|\s+\w+=|\W*$)",
    # Settings: levels, limits and waits that are configured.
    r"\b(?:log(?:ging|ger)?|console|root|file|default|minimum|min|verbosity|severity|alert)"
    r"[ _.-]*(?:level|threshold|verbosity|severity)?s?\b[\"']?\s*"
    rf"(?:(?:is|was|are|now|has been|set|changed|switched|to|at|=|:|->)\s*){{1,4}}{_LEVELS}",
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
    r"\balert(?:ing|s)? (?:rules?|manager|polic\w+|groups?|channels?|definitions?|routes?)\b",
    r"\bfail-?(?:over|safe|fast|back)\w*|\bfail2ban\w*",
    r"\berrors?[- _]?(?:handl\w*|free|correct\w*|report\w*|page\w*|budget\w*|log\w*|track\w*"
    r"|boundar\w*|dashboard\w*|statistics|stats|metrics?|templates?|middleware|callback\w*"
    r"|threshold\w*|polic\w*)",
    r"\b(?:(?:uncaught|unhandled|fatal|global|default)[- _])?(?:exceptions?|failures?|faults?"
    r"|timeouts?|crash|panic|rejections?)[- _]?(?:handl\w*|toleran\w*|detect\w*|polic\w*"
    r"|threshold\w*|report\w*|recover\w*|domain\w*)",
    # Conditions and denials.
    r"\b(?:on|in case of|upon|if(?: an?| any)?|for|when(?: an?)?)\s+"
    r"(?:errors?|failures?|failing|exceptions?|faults?|problems?|timeouts?|issues?|loss|crash(?:es)?"
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
    r"|went well|passed|ok)\b",
    rf"\b(?:recover(?:ed|y)|resolved|cleared|fixed|corrected|restored|succeeded|healthy|ok again)\b"
    rf"[^.;]{{0,20}}?\b(?:from|after|despite)\b[^.;]{{0,40}}?{_THINGS}\b",
)
HARMLESS = expression("|".join(_HARMLESS), ignore_case=True)
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

ALL = ExpressionSet(SURE, FAILURE, HARMLESS, SQL, memory=16 << 20)
"""One look says which there are; most lines have none, and most failures are no mere mention."""
