"""From lines to records: a failure that is written over several lines is one record.

A record starts at a time, a level or anything else that continues nothing; the lines of a stack
trace, indented lines, PostgreSQL's details, the further pieces of a cut line, and the fields of
`journalctl -o export` and of pretty-printed JSON belong to the record above them. Several programs
that write into one file are told apart by what a runtime put before their lines; where nothing
does, a line that fits nowhere is a record of its own: a record may be split, but no line is lost.

A record is open until its writer's next one starts, so that the lines to come can be added. What
follows a record that was handed out before its end is handed out as continuing it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from labo.domain.entities.severity import Severity
from labo.domain.telemetry.logs.errors import Assessment, assess
from labo.domain.telemetry.logs.journal import JournalEntry
from labo.domain.telemetry.logs.json_lines import JsonBrackets
from labo.domain.telemetry.logs.lines import Level, ParsedLine, SourceLine
from labo.domain.telemetry.logs.prefixes import Content, unwrap
from labo.domain.telemetry.logs.stack_traces import (
    CONTINUES,
    EXCEPTION,
    FRAME,
    GO_LINE,
    GO_NAME,
    JAVA,
    STARTS,
    TRACEBACK,
    Trace,
    announces_traceback,
    headline,
    is_exception_line,
    own_trace,
)

MAX_LINES = 1_000
"""Of one record. The JVM prints at most 1,024 frames of a trace."""
MAX_CHARS = 262_144
"""Of one record's text: sixteen pieces of a container runtime's cut line."""
_MAX_WRITERS = 64
_PATIENCE = 50
"""Lines of other writers after which a record is handed out: its writer has gone on to wait."""
_HEADER_LINES = 10
"""Further lines of an exception's text before its first frame. By judgement."""

Parse = Callable[[str], ParsedLine]


@dataclass(frozen=True, slots=True)
class Record:
    """`head` is parsed from the record's first line, or from all of it where it is one text in
    several pieces. `text` is the whole. `trace` is the exception of a stack trace, empty without.
    `continues`: the rest of a record that was handed out before."""

    lines: tuple[SourceLine, ...]
    head: ParsedLine
    text: str
    trace: str = ""
    continues: bool = False


@dataclass(slots=True)
class _Pieces:
    """The pieces of one line so far."""

    first: Content
    lines: list[SourceLine]
    texts: list[str]
    size: int = 0


@dataclass(slots=True)
class _Open:
    """A writer's latest record. `styled`: its head has a time or a level of its own."""

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
    since_header: int = field(default=0)

    def close(self) -> None:
        """Handed out: only what its next lines are recognised by is remembered."""
        self.closed, self.lines, self.entry = True, [], None
        self.texts = self.texts[-1:]
        if self.head is not None:
            self.head = replace(self.head, line="", message="")


AssemblerState = Mapping[str, _Open]


class RecordAssembler:
    """Joins the lines of one source, in their order. `parse` is called once per record."""

    def __init__(self, parse: Parse) -> None:
        self._parse = parse
        self._records: OrderedDict[str, _Open] = OrderedDict()
        self._pieces: dict[str, _Pieces] = {}
        self._file = self._writer = ""
        self._count = 0

    @property
    def open(self) -> SourceLine | None:
        """The first line that was not handed out yet."""
        waiting = [one.lines[0] for one in self._records.values() if one.lines]
        waiting += [pieces.lines[0] for pieces in self._pieces.values()]
        return min(waiting, key=lambda line: line.offset, default=None)

    @property
    def is_incomplete(self) -> bool:
        """Whether what is open is known to lack its end: a piece of a line, an open bracket."""
        entries = (one.entry for one in self._records.values() if one.lines)
        return bool(self._pieces) or any(
            isinstance(one, JsonBrackets) and one.is_open for one in entries
        )

    def add(self, source: SourceLine, parsed: ParsedLine | None = None) -> list[Record]:
        """The records that this line completes. `parsed`: what is known of it already, then a
        level of its own makes it a record unless it is plainly part of a stack trace."""
        done = self.flush() if source.file != self._file else []
        self._file = source.file
        self._count += 1
        content = Content(source.text, self._writer) if source.is_rest else _content(source)
        self._writer = content.writer
        pieces = self._pieces.get(content.writer)
        if content.partial or pieces:
            joined = self._join(source, content, pieces)
            if joined is None:
                return done
            return done + self._place(joined.first.with_text("".join(joined.texts)), joined.lines)
        return done + self._place(content, [source], parsed)

    def flush(self) -> list[Record]:
        """Hand out what is open, however incomplete."""
        done: list[Record] = []
        for writer in list(self._pieces):
            pieces = self._pieces.pop(writer)
            done += self._place(pieces.first.with_text("".join(pieces.texts)), pieces.lines)
        for one in self._records.values():
            done += self._complete(one)
        return done

    def state(self) -> AssemblerState:
        """What the next lines are recognised by, once all that was open is handed out."""
        return {writer: replace(one) for writer, one in self._records.items()}

    def restore(self, state: AssemblerState) -> None:
        """As if what was added since had not been."""
        self._records = OrderedDict((writer, replace(one)) for writer, one in state.items())
        self._pieces.clear()

    def _join(self, source: SourceLine, content: Content, pieces: _Pieces | None) -> _Pieces | None:
        """The line's pieces once the last one is there."""
        if pieces is None:
            pieces = self._pieces[content.writer] = _Pieces(content, [], [])
        pieces.lines.append(source)
        if pieces.size < MAX_CHARS:
            pieces.texts.append(content.text)
        pieces.size += len(content.text)
        if content.partial and len(pieces.lines) < MAX_LINES:
            return None
        return self._pieces.pop(content.writer)

    def _place(
        self, content: Content, lines: list[SourceLine], parsed: ParsedLine | None = None
    ) -> list[Record]:
        done = self._give_up_waiting()
        above = self._records.get(content.writer)
        if above is not None:
            self._records.move_to_end(content.writer)
            above.latest = self._count
        if lines[0].is_rest or self._continues(content, above, parsed):
            return done + self._attach(content.text, lines, above)
        if above is not None:
            done += self._complete(above)
        self._records[content.writer] = self._start(content, lines, parsed)
        self._records.move_to_end(content.writer)
        if len(self._records) > _MAX_WRITERS:
            done += self._complete(self._records.popitem(last=False)[1])
        return done

    def _continues(self, content: Content, above: _Open | None, parsed: ParsedLine | None) -> bool:
        text = content.text
        if above is not None and above.entry is not None and above.entry.takes(text):
            return True
        if not text.strip():
            return above is not None
        if parsed is not None and parsed.level is not None:
            return FRAME.match(text) is not None or _expects(above, text)
        if text[0].isspace():
            few = bool(content.prefix) and text[:2].strip() != "" and text[0] != "\t"
            return not few and not STARTS.match(text)
        if text[0].isdigit() or text[0] == "<":
            return False
        if CONTINUES.match(text) or FRAME.match(text):
            return True
        return _expects(above, text) or _is_exception_of(above, text)

    def _start(self, content: Content, lines: list[SourceLine], parsed: ParsedLine | None) -> _Open:
        text = content.text
        opened = _Open(lines, parsed, [text], size=len(text), latest=self._count)
        opened.entry = JournalEntry.start(text) or JsonBrackets.start(text)
        if opened.entry is not None:
            opened.styled = True
            return opened
        if (state := own_trace(text)) is not None:
            opened.state, opened.is_own = state, True
            opened.trace = text[:MAX_CHARS]
        line = content.line if len(lines) > 1 else lines[0].text
        head = opened.head = parsed or self._parse(line)
        named = head.level is not None
        dated = head.timestamp is not None and not content.prefix and parsed is None
        opened.styled = not opened.is_own and (named or dated or STARTS.match(text) is not None)
        if not opened.is_own and EXCEPTION.match(text) and head.timestamp is None:
            opened.state, opened.trace, opened.styled = Trace.ENDED, text, False
        return opened

    def _attach(self, text: str, lines: list[SourceLine], above: _Open | None) -> list[Record]:
        if above is None:  # the record above was never seen
            above = _Open([], ParsedLine("", None, None, None, "", "plain"), [], closed=True)
        else:
            _advance(above, text)
        if above.closed:
            return [Record(tuple(lines), _head(above), text, continues=True)]
        above.lines += lines
        above.texts.append(text)
        above.size += len(text)
        if len(above.lines) < MAX_LINES and above.size < MAX_CHARS:
            return []
        return self._complete(above)

    def _give_up_waiting(self) -> list[Record]:
        done: list[Record] = []
        for one in self._records.values():  # the one that waits longest comes first
            if self._count - one.latest <= _PATIENCE:
                break
            done += self._complete(one)
        return done

    def _complete(self, one: _Open) -> Iterable[Record]:
        if one.closed:
            return []
        text = "\n".join(one.texts)[:MAX_CHARS]
        head = self._head_of(one, text)
        record = Record(tuple(one.lines), head, text, headline(one.trace))
        one.head = head
        one.close()
        return [record]

    def _head_of(self, one: _Open, text: str) -> ParsedLine:
        if isinstance(one.entry, JournalEntry):
            return replace(self._parse(one.entry.as_json()), line=text)
        if one.head is None:
            return self._parse(text)
        if one.is_own and one.trace:
            return replace(one.head, message=one.trace)
        # Rails and the console logger of .NET write the message below its level.
        if not one.head.message.strip() or _is_category(one.head.message):
            below = next((line.strip() for line in one.texts[1:] if line.strip()), "")
            return replace(one.head, message=below or one.head.message)
        return one.head


def _content(source: SourceLine) -> Content:
    content = unwrap(source.text)
    if source.writer:
        return replace(content, writer=f"{source.writer} {content.writer}")
    return content


def assess_record(record: Record) -> Assessment:
    """As of its head; a stack trace makes an error of a head that has no level, or warns."""
    found = assess(record.head)
    if found.is_error or not record.trace or record.head.level in (Level.INFO, Level.DEBUG):
        return found
    trace = assess(replace(record.head, level=None, message=record.trace))
    if trace.is_error and record.head.level is None:
        return trace
    return Assessment(Severity.ERROR, record.trace)


def _expects(above: _Open | None, text: str) -> bool:
    """Whether the stack trace above goes on with `text`, which is not indented."""
    if above is None:
        return False
    match above.state:
        case Trace.PYTHON:
            return is_exception_line(text) or text.startswith(TRACEBACK)
        case Trace.RUST:
            return True
        case Trace.NODE:
            return EXCEPTION.match(text) is not None or text.startswith("Error")
        case Trace.GO:
            return GO_LINE.match(text) is not None
        case Trace.HEADER if above.styled and above.since_header < _HEADER_LINES:
            return not STARTS.match(text) and own_trace(text) is None
    return text.startswith(TRACEBACK) and announces_traceback(above.texts[-1])


def _is_exception_of(above: _Open | None, text: str) -> bool:
    """Whether `text` begins the stack trace of the record above."""
    if above is None or above.trace:
        return False
    mild = above.head is not None and above.head.level in (Level.INFO, Level.DEBUG)
    if text.startswith(TRACEBACK):
        if above.styled:
            return not mild
        return not above.closed and above.head is not None and assess(above.head).is_error
    if not above.styled:
        return False
    if JAVA.match(text):
        return True  # a logger of the JVM was given it: the record's level says how bad it is
    if text.startswith("panic: "):
        message = above.head.message if above.head is not None else ""
        return bool(message) and message in text
    return not mild and bool(EXCEPTION.match(text) or GO_NAME.match(text))


def _advance(above: _Open, text: str) -> None:
    """What the record's trace may go on with after `text`."""
    if text.startswith(TRACEBACK):
        above.state, above.trace = Trace.PYTHON, above.trace or TRACEBACK
    elif not text.strip() or text[0].isspace():
        if above.state is Trace.HEADER:
            above.state = Trace.ENDED
    elif above.state is Trace.PYTHON and is_exception_line(text):
        above.state, above.trace = Trace.ENDED, text
    elif above.state is Trace.RUST:
        above.state, above.trace = Trace.ENDED, f"{above.trace.strip()} {text}"
    elif above.state is Trace.NODE and not CONTINUES.match(text):
        above.state, above.trace = Trace.ENDED, text
    elif above.state is Trace.HEADER:
        above.since_header += 1
    elif above.state is Trace.NONE and (JAVA.match(text) or EXCEPTION.match(text)):
        above.state, above.trace = Trace.HEADER, text


def _head(above: _Open) -> ParsedLine:
    return above.head or ParsedLine("", None, None, None, "", "plain")


def _is_category(message: str) -> bool:
    """`Shop.Cart[0]`: what .NET's console logger writes beside the level."""
    name, _, number = message.strip().rpartition("[")
    return bool(name) and " " not in name and number[:-1].isdigit() and number.endswith("]")
