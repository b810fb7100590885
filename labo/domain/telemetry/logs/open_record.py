"""A record whose next lines may still come, and which lines those are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labo.domain.telemetry.logs.errors import assess
from labo.domain.telemetry.logs.journal import JournalEntry
from labo.domain.telemetry.logs.json_lines import JsonBrackets
from labo.domain.telemetry.logs.lines import Level, ParsedLine, SourceLine
from labo.domain.telemetry.logs.stack_traces import (
    CONTINUES,
    EXCEPTION,
    GO_LINE,
    GO_NAME,
    JAVA,
    STARTS,
    TRACEBACK,
    Trace,
    announces_traceback,
    is_exception_line,
    own_trace,
)
from labo.expressions import expression

Parse = Callable[[str], ParsedLine]
UNKNOWN = ParsedLine("", None, None, None, "", "plain")
"""The head of a record that was never seen."""

_HEAD_CHARS = 200
"""Of a head whose record was handed out; a longer one's text is forgotten."""
_BLANK_LINES = 3
"""Last lines among which one that is not blank is sought: a runtime prints one blank line, some
loggers two."""
_SQL_SERVER_NUMBER = expression(r"Error: \d+, Severity: \d+, State: \d+\.?$")
_TAG_CHARS = 9
"""A request's id in hexadecimal has eight digits and more."""
_HEADER_LINES = 10
"""Further lines of an exception's text before its first frame. By judgement."""


@dataclass(slots=True)
class OpenRecord:
    """A writer's latest record. `head` is None where only the whole can be parsed; `styled`: it has
    a time or a level of its own; `is_own`: it begins with a stack trace; `trace` is the exception;
    `latest` is the number of its latest line among all. `mark`: what its further lines begin with
    (see `mark_of`)."""

    lines: list[SourceLine]
    head: ParsedLine | None
    texts: list[str]
    styled: bool = False
    state: Trace = Trace.NONE
    is_own: bool = False
    trace: str = ""
    entry: JournalEntry | JsonBrackets | None = None
    closed: bool = False
    size: int = 0
    latest: int = 0
    mark: str | None = None
    header_lines: int = 0

    def close(self) -> None:
        """Handed out: only what its next lines are recognised by is remembered."""
        self.closed, self.lines, self.entry = True, [], None
        self.texts = [self.last_text[:_HEAD_CHARS]] if self.texts else []
        if self.head is not None and len(self.head.line) > _HEAD_CHARS:
            self.head = self.head._replace(line="", message="")

    def expects(self, text: str) -> bool:
        """Whether its stack trace goes on with `text`, which is not indented."""
        match self.state:
            case Trace.PYTHON:
                return is_exception_line(text) or text.startswith(TRACEBACK)
            case Trace.RUST:
                return True
            case Trace.NODE:
                return EXCEPTION.match(text) is not None or text.startswith("Error")
            case Trace.GO:
                return GO_LINE.match(text) is not None
            case Trace.HEADER if self.styled and self.header_lines < _HEADER_LINES:
                return not STARTS.match(text) and own_trace(text) is None
        return text.startswith(TRACEBACK) and announces_traceback(self.last_text)

    @property
    def last_text(self) -> str:
        """The last of its lines that is not blank; chained tracebacks have blank lines between."""
        return next((text for text in reversed(self.texts[-_BLANK_LINES:]) if text.strip()), "")

    def is_marked(self, text: str) -> bool:
        """Whether `text` begins as this record's further lines do."""
        mark = self.mark
        return mark is not None and text.startswith(mark) and (mark != "" or len(self.texts) == 1)

    def takes_below(self, parse: Parse, text: str) -> bool:
        """Whether `text` belongs to a head whose message stands below: whatever has no time, and
        the first line in any case."""
        return len(self.texts) == 1 or parse(text).timestamp is None

    def is_explained_by(self, text: str) -> bool:
        """Whether `text` begins the record's stack trace."""
        if self.trace:
            return False
        is_mild = self.head is not None and self.head.level in (Level.INFO, Level.DEBUG)
        if text.startswith(TRACEBACK):
            if self.styled:
                return not is_mild  # a program that ends after an INFO line is another failure
            return not self.closed and self.head is not None and assess(self.head).is_error
        if not self.styled:
            return False
        if JAVA.match(text):
            return True  # a logger of the JVM was given it: the record's level says how bad it is
        if text.startswith("panic: "):
            message = self.head.message if self.head is not None else ""
            return bool(message) and message in text
        return not is_mild and bool(EXCEPTION.match(text) or GO_NAME.match(text))

    def advance(self, text: str) -> None:
        """What the record's stack trace may go on with after `text`."""
        if text.startswith(TRACEBACK):
            self.state, self.trace = Trace.PYTHON, self.trace or TRACEBACK
        elif not text.strip() or text[0].isspace():
            if self.state is Trace.HEADER:
                self.state = Trace.ENDED
        elif text.startswith("goroutine "):
            self.state = Trace.GO
        elif self.state is Trace.PYTHON and is_exception_line(text):
            self.state, self.trace = Trace.ENDED, text
        elif self.state is Trace.RUST:
            self.state, self.trace = Trace.ENDED, f"{self.trace.strip()} {text}"
        elif self.state is Trace.NODE and not CONTINUES.match(text):
            self.state, self.trace = Trace.ENDED, text
        elif self.state is Trace.HEADER:
            self.header_lines += 1
        elif self.state is Trace.NONE and (JAVA.match(text) or EXCEPTION.match(text)):
            self.state, self.trace = Trace.HEADER, text

    def parsed(self, parse: Parse, text: str) -> ParsedLine:
        """Its head, with the message that the record as a whole gives it."""
        if isinstance(self.entry, JournalEntry):
            return parse(self.entry.as_json())._replace(line=text)
        if self.head is None:
            return parse(text)
        if self.is_own and self.trace:
            return self.head._replace(message=self.trace)
        if self.head.message_below:
            return self._from_below(parse, self.head)
        if self.mark == "" and len(self.texts) > 1:
            return self.head._replace(message=f"{self.head.message} {self.texts[1].strip()}")
        if self.mark and self.head.message.strip() == self.mark:
            rest = (line.removeprefix(self.mark).strip() for line in self.texts[1:])
            return self.head._replace(message=next((line for line in rest if line), self.mark))
        # Rails and the console logger of .NET write the message below its level.
        message = self.head.message.strip()
        if not message or _is_category(message):
            below = next((line.strip() for line in self.texts[1:] if line.strip()), "")
            return self.head._replace(message=below or self.head.message)
        return self.head

    def _from_below(self, parse: Parse, head: ParsedLine) -> ParsedLine:
        """The head with the level and the message of the line below it."""
        below = parse(next((line.strip() for line in self.texts[1:] if line.strip()), head.message))
        level = head.level or below.level
        rule = head.level_rule if head.level else below.level_rule
        return head._replace(level=level, message=below.message, level_rule=rule)


def mark_of(head: ParsedLine, text: str) -> str | None:
    """What the further lines of a record begin with: the request's id that Rails' tagged logging
    puts before each, `InnoDB: `, nothing where SQL Server's next line explains an error's number.
    None: such a record has no further lines."""
    if head.format == "rails" and head.message.startswith("["):
        tag = head.message.partition("]")[0]
        return f"{tag}]" if len(tag) >= _TAG_CHARS else None
    if head.format.startswith("mysql"):
        return "InnoDB: "
    if head.format == "sqlserver" and _SQL_SERVER_NUMBER.match(text):
        return ""
    return None


def _is_category(message: str) -> bool:
    """`Shop.Cart[0]`: what .NET's console logger writes beside the level."""
    if not message.endswith("]"):
        return False
    name, _, number = message.rpartition("[")
    return bool(name) and " " not in name and number[:-1].isdigit()
