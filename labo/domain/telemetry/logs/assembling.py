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
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from labo.domain.entities.severity import Severity
from labo.domain.telemetry.logs.errors import Assessment, assess
from labo.domain.telemetry.logs.journal import JournalEntry
from labo.domain.telemetry.logs.json_lines import JsonBrackets
from labo.domain.telemetry.logs.lines import Level, ParsedLine, SourceLine
from labo.domain.telemetry.logs.open_record import UNKNOWN, OpenRecord, Parse, mark_of
from labo.domain.telemetry.logs.prefixes import Content, unwrap
from labo.domain.telemetry.logs.stack_traces import (
    CONTINUES,
    EXCEPTION,
    FRAME,
    STARTS,
    Trace,
    headline,
    is_ordinary,
    own_trace,
)

MAX_LINES = 1_000
"""Of one record. The JVM prints at most 1,024 frames of a trace."""
MAX_CHARS = 262_144
"""Of one record's text: sixteen pieces of a container runtime's cut line."""
_RECORD_SEPARATOR = "\x1e"
"""In front of each record of a JSON text sequence (RFC 7464)."""
_MAX_WRITERS = 64
_ENTRIES = frozenset("_{ \t")
"""What entries of journald and JSON objects begin with; with `-o verbose`, the journal's cursor
follows a time."""
_PATIENCE = 50
"""Lines of other writers after which a record is handed out: its writer has gone on to wait."""


class Record(NamedTuple):
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


AssemblerState = Mapping[str, OpenRecord]


class RecordAssembler:
    """Joins the lines of one source, in their order. `parse` is called once per record."""

    def __init__(self, parse: Parse) -> None:
        self._parse = parse
        self._records: OrderedDict[str, OpenRecord] = OrderedDict()
        self._pieces: dict[str, _Pieces] = {}
        self._file = self._writer = ""
        self._count = 0
        self._looked_at = "", True

    @property
    def open(self) -> SourceLine | None:
        """The first line that was not handed out yet."""
        waiting = [one.lines[0] for one in self._records.values() if one.lines]
        waiting += [pieces.lines[0] for pieces in self._pieces.values()]
        return min(waiting, key=lambda line: line.offset, default=None)

    @property
    def latest(self) -> SourceLine | None:
        """The first line of the record that the latest line belongs to, if it is open."""
        one = self._records.get(self._writer)
        return one.lines[0] if one is not None and one.lines else None

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
        if pieces is not None and content.begins_object:
            done += self._place_pieces(content.writer)
            pieces = None
        if content.partial or pieces is not None:
            joined = self._join(source, content, pieces)
            if joined is None:
                return done
            return done + self._place(joined.first.with_text("".join(joined.texts)), joined.lines)
        return done + self._place(content, [source], parsed)

    def flush(self) -> list[Record]:
        """Hand out what is open, however incomplete."""
        done: list[Record] = []
        for writer in list(self._pieces):
            done += self._place_pieces(writer)
        for one in self._records.values():
            done += self._hand_out(one)
        return done

    def state(self) -> AssemblerState:
        """What the next lines are recognised by, once all that was open is handed out."""
        return {writer: replace(one) for writer, one in self._records.items()}

    def restore(self, state: AssemblerState) -> None:
        """As if what was added since had not been."""
        self._records = OrderedDict((writer, replace(one)) for writer, one in state.items())
        self._pieces.clear()

    def _place_pieces(self, writer: str) -> list[Record]:
        pieces = self._pieces.pop(writer)
        return self._place(pieces.first.with_text("".join(pieces.texts)), pieces.lines)

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
        done = [] if self._count % _PATIENCE else self._give_up_waiting()
        above = self._records.get(content.writer)
        if above is not None:
            self._records.move_to_end(content.writer)
            above.latest = self._count
        if lines[0].is_rest or self._continues(content, above, parsed):
            return done + self._attach(content.text, lines, above)
        if above is not None and not above.closed:
            done.append(self._record(above))
        self._records[content.writer] = self._start(content, lines, parsed)
        if len(self._records) > _MAX_WRITERS:
            done += self._hand_out(self._records.popitem(last=False)[1])
        return done

    def _continues(
        self, content: Content, above: OpenRecord | None, parsed: ParsedLine | None
    ) -> bool:
        text = content.text
        if above is not None and above.entry is not None and above.entry.takes(text):
            return True
        if not text or text.isspace():
            return above is not None
        if above is not None and above.head is not None and above.head.message_below:
            return above.takes_below(self._parse, text)
        if above is not None and above.is_marked(text):
            return True
        if parsed is not None and parsed.level is not None:
            return FRAME.match(text) is not None or (above is not None and above.expects(text))
        if text[0].isspace() and text[0] != _RECORD_SEPARATOR:
            few = bool(content.prefix) and text[:2].strip() != "" and text[0] != "\t"
            return not few and not STARTS.match(text)
        if text[0].isdigit() or text[0] == "<":
            return False
        if (above is None or above.state in (Trace.NONE, Trace.ENDED)) and self._is_ordinary(text):
            return False
        if CONTINUES.match(text) or FRAME.match(text):
            return True
        return above is not None and (above.expects(text) or above.is_explained_by(text))

    def _start(
        self, content: Content, lines: list[SourceLine], parsed: ParsedLine | None
    ) -> OpenRecord:
        text = content.text
        opened = OpenRecord(lines, parsed, [text], size=len(text), latest=self._count)
        may_be_entry = text[:1] in _ENTRIES or " [s=" in text[:80]
        if may_be_entry and (entry := JournalEntry.start(text) or JsonBrackets.start(text)):
            opened.entry, opened.styled = entry, True
            return opened
        line = content.line if len(lines) > 1 else lines[0].text
        head = opened.head = parsed or self._parse(line)
        opened.mark = mark_of(head, text)
        if head.timestamp is not None and not content.prefix and parsed is None:
            opened.styled = True
        elif self._is_ordinary(text):
            opened.styled = head.level is not None or STARTS.match(text) is not None
        elif (state := own_trace(text)) is not None:
            opened.state, opened.is_own, opened.trace = state, True, text[:MAX_CHARS]
        elif EXCEPTION.match(text) and (head.timestamp is None or content.prefix):
            opened.state, opened.trace = Trace.ENDED, text[:MAX_CHARS]
        else:
            opened.styled = head.level is not None or STARTS.match(text) is not None
        return opened

    def _is_ordinary(self, text: str) -> bool:
        """As `is_ordinary`; asked twice for many lines, and looked at once."""
        if text is not self._looked_at[0]:
            self._looked_at = text, is_ordinary(text)
        return self._looked_at[1]

    def _attach(self, text: str, lines: list[SourceLine], above: OpenRecord | None) -> list[Record]:
        if above is None:  # the record above was never seen
            above = OpenRecord([], UNKNOWN, [], closed=True)
        else:
            above.advance(text)
        if above.closed:
            return [Record(tuple(lines), above.head or UNKNOWN, text, continues=True)]
        above.lines += lines
        above.texts.append(text)
        above.size += len(text)
        if len(above.lines) < MAX_LINES and above.size < MAX_CHARS:
            return []
        return self._hand_out(above)

    def _give_up_waiting(self) -> list[Record]:
        done: list[Record] = []
        for one in self._records.values():  # the one that waits longest comes first
            if self._count - one.latest <= _PATIENCE:
                break
            done += self._hand_out(one)
        return done

    def _hand_out(self, one: OpenRecord) -> list[Record]:
        """The record so far; it stays, for the lines that still follow it."""
        if one.closed:
            return []
        record = self._record(one)
        one.head = record.head
        one.close()
        return [record]

    def _record(self, one: OpenRecord) -> Record:
        text = "\n".join(one.texts)[:MAX_CHARS]
        head = one.parsed(self._parse, text)
        return Record(tuple(one.lines), head, text, headline(one.trace) if one.trace else "")


def _content(source: SourceLine) -> Content:
    content = unwrap(source.text)
    if source.writer:
        return content._replace(writer=f"{source.writer} {content.writer}")
    return content


def assess_record(record: Record) -> Assessment:
    """As of its head; a stack trace makes an error of a head that has no level, or warns."""
    found = assess(record.head)
    if found.is_error or not record.trace or record.head.level in (Level.INFO, Level.DEBUG):
        return found
    trace = assess(record.head._replace(level=None, message=record.trace))
    if trace.is_error and record.head.level is None:
        return trace
    return Assessment(Severity.ERROR, record.trace)
