"""The words by which a log line reports a failure; `harmless_words` has what only mentions one.

All expressions are RE2: one pass over the text, however long.

Sources: the errno names of Linux and POSIX; the reasons of Kubernetes' events and container states;
systemd's and Docker's exit reports; the kernel's own alarms; the errors of OpenSSL and Go's
crypto/x509; messages of proxies without a live server; loghub (Zhu et al., ISSRE 2023) for the
general words.
"""

from __future__ import annotations

from labo.expressions import expression

MEMORY = 32 << 20
"""Bytes of automaton states of a large expression: with RE2's default of 8 MB, that of HARMLESS is
dropped and built anew all the time, at ten times the cost."""

_WORDS = (
    r"errors?|errno|fail(?:ed|ures?|s|ing)?|faults?|exceptions?|fatal|panic(?:ked)?|critical|severe"
    r"|den(?:ied|y|ies)|refus(?:ed|es|al|ing)|reject(?:ed|s|ing)|forbidden|unauthori[sz]ed"
    r"|unreachable"
    r"|unavailable|unsuccessful|unhealthy|time[ds]? ?-?out|timeouts?|abort(?:ed|ing)"
    r"|crash(?:ed|es|ing)?|corrupt(?:ed|ions?)?|damaged|segfault|oom|deadlock|overflow(?:ed)?"
    r"|traceback|invalid|illegal|malformed|unable|cannot|can'?t|could ?n[o']t|couldn't|broken"
    r"|violat(?:es?|ed|ions?)|intrusion|attack|break-in|alert|bad|wrong|missing|dead|died|killed"
    r"|oops|bug|emergency|exceeded|exhausted|mismatch|conflict|insufficient|stuck|hung"
    r"|unexpected(?:ly)?|lost|loss of|data loss|too (?:many|big|large|deep)|name too long|gave up"
    r"|giving up|(?:gone|went) away"
    r"|unresponsive|unreadable|uncorrectable|unrecoverable|degraded|split[- ]brain"
    r"|SERVFAIL|starv(?:ed|ation)|throttled|GOAWAY|duplicate (?:key|entry)|declined"
    r"|misconfigur(?:ed|ation)|unauthenticated|under-?replicated"
)
_PHRASES = (
    r"not (?:found|permitted|allowed|respond(?:ing|ed)?|available|reachable|recogni[sz]ed|supported"
    r"|authori[sz]ed|running|ready|healthy|able)|no (?:such|route|space|response|more|leader|quorum"
    r"|listener|primary|master)|no (?:\w+ )?nodes? available"
    r"|out of (?:memory|space|range|disk|sync)|user unknown"
    r"|unknown (?:user|column|table|database|host|command|option|error)|(?:is|are|was) locked"
    r"|limit (?:was |is )?reached|reached (?:the |its )?(?:\w+ ){0,2}limit|(?:9\d|100) ?% full"
    r"|closed (?:the )?connection (?:without|unexpectedly)|due to administrator command"
    r"|access violation"
    r"|connection reset|(?:does not|doesn't|did not|didn't) (?:exist|respond|match|complete"
    r"|look like|finish|start|succeed"
    r"|answer|arrive|return)"
    r"|undefined (?:method|symbol|reference|function|label)|repeated too quickly|table (?:is )?full"
    r"|dropping (?:packets?|connections?|messages?|requests?)|above threshold|clock skew|flooding"
    r"|not operational|evicted by|preempted by|NotReady"
    r"|stopped (?:posting|responding|working|reporting)|untolerated taint"
    r"|not (?:in sync|enough)|(?:is|are|went|marked|now|link|definitely) (?:down|offline)"
    r"|socket hang up"
    r"|dropped [1-9]\d*|status (?:is )?red|to \[RED|Only one usage of each socket"
    r"|(?:licen[cs]e|token|password|credentials?|subscription|account) (?:is |has |was )?expired"
)
FAILURE = expression(rf"\b(?:{_WORDS}|{_PHRASES})\b", ignore_case=True)
"""Words of failure, where a line has no level or is a warning."""

_ERRNO = (
    r"\bE(?:CONN(?:REFUSED|RESET|ABORTED)|TIMEDOUT|(?:HOST|NET)UNREACH|HOSTDOWN|NOSPC|[MN]FILE"
    r"|ACCES|PERM|PIPE|IO|ROFS|ADDRINUSE|ADDRNOTAVAIL|NOTFOUND|AI_AGAIN|NOMEM|DQUOT|NOENT|NOTEMPTY"
    r"|STALE|LOOP|BUSY|TXTBSY|EXIST|INVAL|ISDIR|NOTDIR|MSGSIZE|PROTO|SHUTDOWN|DEADLK|XDEV|BADF)\b"
)
_CODES = (
    r"(?i:\bexit(?:ed|s|ing)?\b:?(?: \w+){0,3}?[ _-]?(?:code|status)?[ :=]{1,3}\(?-?[1-9]\d{0,9}\b"
    r"|\bexit_?(?:code|status)[\"']?[ :=]{1,3}-?[1-9]\d{0,9}\b"
    r"|\bcode=(?:exited|killed|dumped), ?status=[1-9]|\bnon-?zero (?:exit|code|status)"
    r"|\bexit(?:ed)? (?:with )?code:? 0x0*[1-9a-f]|\b(?:by|on|with|caught|got"
    r"|received) signal (?:6|7|8"
    r"|9|11|31)\b|\bsignal: (?:killed|aborted|segmentation))"
)
_HTTP = (
    r"(?i:\bHTTP(?:/\d(?:\.\d)?)?\"?(?: status| code| response| error){0,3}[ :=]{1,3}5\d\d\b"
    r"|\b(?:status|response|http|return(?:ed)?)[ _]?(?:code)?[\"']?[ :=]{1,3}(?:HTTP )?5\d\d\b"
    r"|\b(?:answered|responded|replied|failed|got|received)(?: with| by| a| an)? 5\d\d\b"
    r"|\b5\d\d (?:internal server error|bad gateway|service (?:temporarily )?unavailable"
    r"|gateway time-?out)\b|\bcode 5\d\d, message\b"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S+ (?:HTTP/[\d.]+\"? )?(?:(?:->|=>|-"
    r"|:) )?5\d\d\b)"
)
_KUBERNETES = (
    r"\bOOM-?[Kk]ill\w*|\bCrashLoopBackOff\b|\b(?:Err)?ImagePull(?:BackOff)?\b|\bNodeNotReady\b"
    r"|\b(?:CreateContainer(?:Config)?|RunContainer|InvalidImageName)Error\b|\bFailed[A-Z]\w+"
    r"|\bBackoffLimitExceeded\b|\bDeadlineExceeded\b|\b(?:Memory|Disk|PID)Pressure\b"
    r"|\bInit:Error\b|(?i:\bback-off restarting|\b(?:pods?|containers?)\b[^.;]{0,80}?\bevict(?:ed"
    r"|ing)\b"
    r"|\bevict(?:ed|ing) (?:the )?pods?\b|\breason[:=]\W{0,2}evicted\b"
    r"|\blow on (?:resources?|memory|disk|inodes|ephemeral-storage)\b)"
)
_KERNEL = (
    r"\b(?:SIG(?:SEGV|ABRT|BUS|ILL|FPE))\b|\b(?:CPU#?\d{0,4} )?hard LOCKUP\b|\bBUG: "
    r"|\bAddressSanitizer\b|\bNETDEV WATCHDOG\b|\bSIGKILL\b|\bXid \(|(?i:\bdumped core"
    r"|\boom_reaper|\bpure virtual"
    r"|\bterminate called (?:after|without)|\bunhandled ?promise ?rejection|\bfallen off the bus"
    r"|\bstack smashing detected|\bsegmentation fault|\bcore dumped"
    r"|\bgeneral protection fault|\bmachine check (?:events?|exceptions?|errors?)"
    r"|\brcu[_ ]?\w{0,20}:? [^.;]{0,40}?stall|\bsoft lockup|\bhung[ _]task"
    r"|\bblocked for more than \d+ sec|\bdouble free or corruption|\bI/O error"
    r"|\bread-only file ?system|\bremount\w* (?:\w+ ){0,2}read-only)"
)
_CONNECTIONS = (
    r"(?i:\bx509: |\bno pg_hba\.conf entry|\bcertificate (?:for \S+ )?(?:has |is "
    r"|was )?(?:already )?(?:expired|revoked|not (?:yet )?"
    r"valid|not trusted|invalid|unknown)|\bexpired certificate|\bunknown (?:certificate )?"
    r"(?:authority|ca)\b|\bself[- ]signed certificate in|\blocal issuer certificate"
    r"|\bhandshake (?:failure|failed|error|timeout)|\balready (?:in use|allocated)\b"
    r"|\b(?:no|has no|without) (?:live |healthy |available |backend )?(?:servers?|upstreams?"
    r"|backends?|endpoints?|brokers?|workers?|instances?|replicas?)(?: is| are)? ?(?:available"
    r"|left)?\b(?:!|\.|$| for| in| while| to (?:serve|handle"
    r"|process))|\bno (?:live|healthy) (?:upstreams?|servers?|backends?|hosts?)"
    r"|\bprematurely closed|\bbroken pipe|\bclosed by (?:peer|(?:foreign|remote) host)"
    r"|\breset by peer"
    r"|\b(?:name or service|host(?:name)?) not known|\btoo many open files|\bno space left"
    r"|\b(?:disk|file ?system|volume|partition) (?:is |was )?full\b"
    r"|\bcircuit[ -]?breaker[^.;]{0,40}?\b(?:open(?:ed)?|tripped)\b"
    r"|\b(?:moved|sent|routed|sending|moving|published|forwarded) [^.;]{0,60}?\b(?:in)?to (?:the )?"
    r"(?:dead[- ]?letter|dlq\b))"
)
_NAMED = (
    r"\b(?:CERT_[A-Z_]+|DEPTH_ZERO_\w+|(?:UNABLE_TO|SELF_SIGNED)_\w+|ERR_[A-Z][A-Z_]+)\b"
    r"|\b(?:ORA|TNS|RMAN)-\d{5}\b"
    r"|\b(?:NOAUTH|WRONGPASS|CLUSTERDOWN|MASTERDOWN|MISCONF|NOREPLICAS|LOADING Redis)\b"
)
"""Of Node.js and OpenSSL, Oracle, and Redis."""
_CLASS = r"\b(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Exception|Error|Failure)\b"
SURE = expression(
    "|".join((_ERRNO, _CODES, _HTTP, _KUBERNETES, _KERNEL, _CONNECTIONS, _NAMED, _CLASS)),
    memory=MEMORY,
)
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

REQUEST = expression(
    r"\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S+ (?:HTTP/[\d.]+\"? )?(?:(?:-|->|=>|:"
    r"|responded|returned) )?5\d\d(?:$|[,;)\"\]]|\s(?:[^bmskKM]|$))"
    r"|\bHTTP/[\d.]+\" 5\d\d\b|\bverb=.*\bresp=5\d\d\b|\bRequest finished in [\d.]+ ?ms 5\d\d\b"
    r"|\bCompleted 5\d\d [A-Z]|\bSent 5\d\d in |\bmethod=\S+ .*\bstatus(?:_code)?=5\d\d\b"
)
"""An answered request that an application logs at INFO, as access logs do: the status tells."""

MILD = expression(f"{NO_DOUBT.pattern}|{REQUEST.pattern}", memory=MEMORY)
"""What may be an error at INFO and DEBUG: one look for most lines."""
