"""What wrote a line, and the line as it was written, without the prefix of the runtime.

Container runtimes, syslog and `docker compose` write the lines of several programs into one file,
each behind a prefix of its own; a stack trace is then spread over such lines. Pieces of a line that
was too long for the runtime are marked by it (Kubernetes' CRI: `P` and `F`; Docker's json-file: 16
KiB without a line feed).
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_DOCKER = '{"log":'
_DOCKER_PIECE = 16_000
"""Characters; Docker cuts at 16,384 bytes. A shorter text without a line feed is a whole line,
unless it is the beginning of a JSON object."""

_SYSLOG = re.compile(
    r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,20}"
    r"(?:Z|[+-]\d\d:?\d\d)) (?!(?i:trace|debug|info|notice|warn|err|crit|fatal|alert|emerg|panic))"
    r"(?P<writer>[\w.:-]{1,255} [^\s:\[\]]{1,64}(?:\[\d{1,10}\])?): ?"
)
_HEROKU = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) (?P<writer>(?:app|heroku)\[[\w.-]{1,64}\]): "
)
_SQL_SERVER = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d (?P<writer>spid\d{1,6}\w?|Logon|Server|Backup) {1,12}"
)
_COMPOSE = re.compile(r"(?P<writer>[\w.-]{1,128}) {0,64}\| ")
_PHP = re.compile(r"\[\d\d-[A-Z][a-z]{2}-\d{4} [^\]]{8,40}\] ")
_POSTGRES = re.compile(
    r".{0,200}?\[(?P<writer>\d{1,10})(?:-\d{1,10})?\].{0,200}?(?=(?:DEBUG\d?|LOG|INFO|NOTICE"
    r"|WARNING"
    r"|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION):  )"
)


class Content(NamedTuple):
    """`prefix` and `text` make the line; a `partial` text is continued by its writer's next.
    `time`: Docker's, of its JSON."""

    text: str
    writer: str = ""
    prefix: str = ""
    partial: bool = False
    time: str = ""

    def with_text(self, text: str) -> Content:
        """Whole, with the texts of all pieces."""
        return Content(text, self.writer, self.prefix, time=self.time)

    @property
    def begins_object(self) -> bool:
        """Whether a line of Docker's begins a JSON object, so that it continues no other one."""
        return self.prefix == _DOCKER and self.text[:1] == "{"

    @property
    def line(self) -> str:
        """The line as it is parsed; of a Docker line a JSON object again."""
        if self.prefix == _DOCKER:
            record = {"log": self.text, "stream": self.writer, "time": self.time}
            return json.dumps(record, ensure_ascii=False)
        return self.prefix + self.text


def unwrap(line: str) -> Content:
    """The line without its runtime's prefix, if it has one that is known.

    >>> unwrap("2026-11-28T05:28:00Z stderr P order 17 ").text
    'order 17 '
    """
    first = line[:1]
    if first.isdigit() and line[10:11] == "T" and (found := _container(line)):
        return found
    if first.isdigit() and (match := _HEROKU.match(line) or _SQL_SERVER.match(line)):
        return _content(line, match.end(), match["writer"])
    if first == "{":
        return (_docker(line) if line.startswith(_DOCKER) else None) or Content(line)
    if line.find(":  ", 0, 400) >= 0 and (match := _POSTGRES.match(line)):
        return _content(line, match.end(), match["writer"])
    if line.find(" | ", 0, 200) >= 0 and (match := _COMPOSE.match(line)):
        return _content(line, match.end(), match["writer"])
    if first == "[" and (match := _PHP.match(line)):
        return _content(line, match.end(), "php")
    if (first.isupper() or first == "<" or line[10:11] == "T") and (match := _SYSLOG.match(line)):
        return _content(line, match.end(), match["writer"])
    return Content(line)


def _content(line: str, start: int, writer: str) -> Content:
    return Content(line[start:], writer, line[:start])


def _container(line: str) -> Content | None:
    parts = line.split(" ", 3)
    if len(parts) < 4 or parts[1] not in ("stdout", "stderr") or parts[2][:1] not in ("P", "F"):
        return None
    stamp, stream, tag, text = parts
    return Content(text, stream, f"{stamp} {stream} F ", tag[:1] == "P")


def _docker(line: str) -> Content | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    text, stream, time = record.get("log"), record.get("stream"), record.get("time")
    if not isinstance(text, str):
        return None
    is_cut = len(text) >= _DOCKER_PIECE or (text[:1] == "{" and not text.endswith("}"))
    partial = not text.endswith("\n") and is_cut
    return Content(text.rstrip("\r\n"), str(stream)[:64], _DOCKER, partial, str(time or "")[:64])
