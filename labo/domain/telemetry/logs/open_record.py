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

Parse = Callable[[str], ParsedLine]
UNKNOWN = ParsedLine("", None, None, None, "", "plain")
"""The head of a record that was never seen."""

_HEAD_CHARS = 200
"""Of a head whose record was handed out; a longer one's text is forgotten."""
_BLANK_LINES = 3
"""Last lines among which one that is not blank is sought: a runtime prints one blank line, some
loggers two."""
_HEADER_LINES = 10
"""Further lines of an exception's text before its first frame. By judgement."""


@dataclass(slots=True)
class OpenRecord:
    """A writer's latest record. `head` is None where only the whole can be parsed; `styled`: it has
    a time or a level of its own; `is_own`: it begins with a stack trace; `trace` is the exception;
    `latest` is the number of its latest line among all."""

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
        # Rails and the console logger of .NET write the message below its level.
        message = self.head.message.strip()
        if not message or _is_category(message):
            below = next((line.strip() for line in self.texts[1:] if line.strip()), "")
            return self.head._replace(message=below or self.head.message)
        return self.head


def _is_category(message: str) -> bool:
    """`Shop.Cart[0]`: what .NET's console logger writes beside the level."""
    if not message.endswith("]"):
        return False
    name, _, number = message.rpartition("[")
    return bool(name) and " " not in name and number[:-1].isdigit()
