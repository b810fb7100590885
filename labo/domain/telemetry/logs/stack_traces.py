"""How lines are recognised that belong to the record above: stack traces and details.

By each runtime's own output: CPython's traceback module, Throwable.printStackTrace, Go's runtime,
.NET's Exception.ToString, V8, Ruby, PHP (also Monolog's and Laravel's), Rust's panics and anyhow;
PostgreSQL's secondary messages (DETAIL to LOCATION).
"""

from __future__ import annotations

from enum import StrEnum

from labo.expressions import expression


class Trace(StrEnum):
    """What a record's next lines without indentation may be."""

    NONE = ""
    PYTHON = "python"  # frames, then the exception's line
    ENDED = "ended"  # an exception's line was read
    HEADER = "header"  # an exception's line, whose frames or further text are still to come
    GO = "go"
    RUST = "rust"  # the panic's message is on the next line
    NODE = "node"  # source text, then the exception's line


STARTS = expression(
    r"\s{0,8}(?:\d{1,10}:\d{8}:\d{6}\.|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:|\[?\d\d:\d\d:\d\d\b"
    r"|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE)\b[\]:\s])"
)
"""A time or a level in front, also of lines that pad their level with blanks."""

FRAME = expression(
    r"\s*(?:at (?:async )?[\w.$<>\[\]/@ `,*+-]+\(|at \S+:\d+|at .{1,300} in .{1,300}:line \d+"
    r"|File \"[^\"]+\", line \d+|from \S+:\d+:in |\.\.\. \d+ (?:more|common frames)"
    r"|#\d+ +(?:\{main\}|\[internal function\]|\S+\(\d+\)|0x|/)|Caused by:|Suppressed: "
    r"|Wrapped by: |\[CIRCULAR REFERENCE|--- End of |---> |goroutine \d+ \["
    r"|During handling of the above exception|The above exception was the direct cause)"
)
"""Lines that are nothing else than a part of a stack trace."""

CONTINUES = expression(
    r"(?:(?:DETAIL|HINT): |(?:QUERY|CONTEXT|STATEMENT|LOCATION):  "
    r"|\[(?:stacktrace|previous exception)\]"
    r"|(?:PHP )?Stack trace:|PHP +\d+\. |\[SQL: |\[parameters: |\(Background on this error at: "
    r"|Next [\w\\]+(?:Exception|Error)\b| {0,2}thrown in .{1,300} on line \d+|stack backtrace:"
    r"|Stack backtrace:|note: (?:run with|Some details)|Node\.js v\d"
    r"|Error has been observed at the following site|Original Stack Trace:|\*\* \(\w"
    r"|Last message(?: \(from .{1,80}\))?: |State: [%{\[#]"
    r"|\S{1,300}\.rb:\d+:in [`'][^`']{1,200}'?\s*$"
    r"|[\]})>\"]{1,4}[,;]?\s*$)"
)
"""Further lines that never begin a record."""

EXCEPTION = expression(
    r"(?:Uncaught |Unhandled )?(?:[\w$]+(?:\.|::|\\))*[A-Z][\w$]*"
    r"(?:Exception|Error|Throwable|Failure|Fault|Interrupt|Exit|Timeout)(?: \[\w+\])?"
    r"(?: \(.{0,300}\))?(?::|\s*$)"
)
JAVA = expression(r"(?:[a-z_][\w$]*\.){2,}[A-Z][\w$]*(?:: |\s*$)")
"""An exception's class in its package, as a logger of the JVM writes it below its record."""

PYTHON_EXCEPTION = expression(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:: |:?\s*$)")
_LEVEL_IN_FRONT = expression(
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|debug|info|warn(?:ing)?|error)\b"
)
GO_LINE = expression(
    r"(?:[\w./*()\[\]{}·$&@%-]+\(.*\)(?: in goroutine \d+)?|created by .+|\[signal .+"
    r"|exit status \d+|\[recovered\]|goroutine \d+ .+|panic: .+)\s*$"
)
GO_NAME = expression(r"(?:[\w-]+[./])+(?:\(\*?\w+\)\.)?[\w.\[\]]+(?:\(\.\.\.\))?\s*$")
"""A function's name alone, as zap prints it above the file's line."""

_MONOLOG_EXCEPTION = ' {"exception":"[object]'
_PANIC = expression(r"(?:panic: |fatal error: )")
_RUST = expression(r"thread '[^']*' (?:\(\d+\) )?panicked at .*:\s*$")
_NODE = expression(r"(?:/|file:///|node:|[A-Z]:\\).{1,500}:\d+\s*$")
_OWN = expression(
    r"(?:Exception in thread |Exception ignored in|Unhandled [Ee]xception|thread '[^']*' "
    r"(?:\(\d+\) )?panicked at |(?:PHP )?Fatal error: |\S{1,300}\.rb:\d+:in .+\([A-Z][\w:]*\)\s*$)"
)
_ANNOUNCES_PYTHON = expression(
    r"(?:Exception in thread |Exception ignored in|During handling of|The above exception was)"
)
TRACEBACK = "Traceback (most recent call last)"


_SPECIAL = expression(
    "|".join(
        one.pattern
        for one in (FRAME, CONTINUES, EXCEPTION, JAVA, GO_NAME, _PANIC, _RUST, _NODE, _OWN)
    )
    + "|Traceback "
)


def is_ordinary(text: str) -> bool:
    """Whether no expression of this module that needs no state matches: one look for all."""
    return _SPECIAL.match(text) is None


def own_trace(text: str) -> Trace | None:
    """The kind of trace that begins with `text` and is a failure of its own: what a runtime prints
    when a program ends by it. None for any other text."""
    if text.startswith(TRACEBACK):
        return Trace.PYTHON
    if _RUST.match(text):
        return Trace.RUST
    if _PANIC.match(text):
        return Trace.GO
    if _OWN.match(text):
        return Trace.HEADER
    return Trace.NODE if _NODE.match(text) else None


def announces_traceback(text: str) -> bool:
    """Whether a Python traceback that follows `text` belongs to it."""
    return _ANNOUNCES_PYTHON.match(text) is not None


def is_exception_line(text: str) -> bool:
    """Whether a traceback's frames may end with `text`: a class, and a message if it has one."""
    if PYTHON_EXCEPTION.match(text) is None:
        return False
    return _LEVEL_IN_FRONT.match(text) is None


def headline(message: str) -> str:
    """What a message of several lines says first; of a traceback, its exception. Without the
    exception that Monolog's formatter appends.

    >>> headline("Traceback (most recent call last):\\n  File ...\\nValueError: lost\\n")
    'ValueError: lost'
    """
    message = message.partition(_MONOLOG_EXCEPTION)[0] or message
    if "\n" not in message:
        return message
    lines = [line for line in message.split("\n") if line.strip()]
    if not lines:
        return ""
    if lines[0].startswith(TRACEBACK):
        return next((line for line in reversed(lines) if not line[0].isspace()), lines[0])
    return lines[0].strip()
