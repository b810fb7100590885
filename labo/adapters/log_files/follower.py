"""Follows a log file through rotation, truncation and restarts, and loses no line.

File events (watchdog) wake it; a poll each second does the same where they are missing (network
disks, exhausted watches). It hands out batches; the consumer acknowledges them when they are safe.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from labo.adapters.log_files.lines import open_log
from labo.adapters.log_files.segments import Position, Segment, find_rotated
from labo.domain.telemetry.logs.lines import SourceLine

BATCH_LINES = 2_000
_POLL_S = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Lines in order. Once they are safe, `position` may be saved, to continue from there.

    No lines: none came for a second, and none is waited for any longer.
    """

    lines: tuple[SourceLine, ...]
    position: Position

    @property
    def is_unfinished(self) -> bool:
        """Whether its last line has no end yet, and stays after the position."""
        return bool(self.lines) and self.lines[-1].offset >= self.position.offset


class LogFollower:
    """Reads `path` from `position`, or from its start. One reader at a time."""

    def __init__(self, path: Path, position: Position | None = None) -> None:
        open_log(path).close()  # raises when the path is invalid
        self._path = path
        self._folder = path.absolute().parent
        self._segments: deque[Segment] = deque()
        self._leaving = False
        self._unreadable = 0
        self._resume(position)

    @property
    def unreadable(self) -> int:
        """Lines read so far with bytes that their file's encoding has not."""
        return self._unreadable + sum(segment.unreadable for segment in self._segments)

    def close(self) -> None:
        while self._segments:
            self._segments.popleft().close()

    async def follow(self, stop: asyncio.Event) -> AsyncGenerator[LogBatch, None]:
        """Batches as lines come in, until `stop` is set; one without lines after each silence."""
        wake = asyncio.Event()
        latest: LogBatch | None = None
        async with _watching(self._folder, wake):
            while not stop.is_set():
                wake.clear()
                while not stop.is_set() and (batch := await asyncio.to_thread(self.read)):
                    latest = batch
                    yield batch
                try:
                    await asyncio.wait_for(wake.wait(), _POLL_S)
                except TimeoutError:
                    if latest is not None:
                        yield LogBatch((), latest.position)
                    latest = None

    async def read_all(self, stop: asyncio.Event) -> AsyncGenerator[LogBatch, None]:
        """Batches up to the file's present end, with its last line finished or not.

        An unfinished line is handed out, but stays after the position: the next reader gets it
        again, whole, under the same identity.
        """
        while not stop.is_set() and (batch := await asyncio.to_thread(self.read)):
            yield batch
        if stop.is_set():
            return
        live = self._segments[-1]
        if lines := live.read_unfinished():
            yield LogBatch(tuple(lines), live.position)

    def position_of(self, line: SourceLine) -> Position | None:
        """The position before a line of the latest batch; None when its file was left since."""
        for segment in self._segments:
            if segment.position.file == line.file:
                return segment.position_at(line.offset)
        return None

    def read(self) -> LogBatch | None:
        """The next batch, or None when there is nothing new by now."""
        while True:
            segment = self._segments[0]
            if not segment.last and not segment.holds(segment.position):
                self._truncated(segment)
                continue
            before = segment.position
            lines = segment.read(BATCH_LINES)
            if lines:
                self._leaving = False
                return LogBatch(tuple(lines), segment.position)
            if segment.position == before and not self._next_segment(segment):
                return None

    def _next_segment(self, segment: Segment) -> bool:
        """Leave a finished segment for the next. A renamed file is read once more before."""
        if segment.last:
            if len(self._segments) == 1:
                return self._open_live()
            self._unreadable += segment.unreadable
            self._segments.popleft().close()
            return True
        if segment.is_named(self._path) or not self._path.exists():
            return False
        if not self._leaving:
            self._leaving = True  # its writer may just be about to write its last lines
            return False
        self._leaving = False
        segment.last = True
        for path in find_rotated(self._path, segment.position)[1:]:
            self._segments.append(Segment(path, last=True))
        log.info("logs.rotated", file=str(self._path))
        return True

    def _open_live(self) -> bool:
        try:
            live = Segment(self._path)
        except FileNotFoundError:  # between a rename and the new file
            return False
        self._segments.append(live)
        return True

    def _truncated(self, segment: Segment) -> None:
        """Start over; what was copied away unread is read from the copy first."""
        position = segment.position
        log.info("logs.truncated", file=str(self._path), offset=position.offset)
        self._segments.remove(segment)
        self._queue_rotated(position)
        segment.start_over()
        self._segments.append(segment)

    def _resume(self, position: Position | None) -> None:
        live = Segment(self._path)
        if position is None or not position.head:
            self._segments.append(live)
            return
        same = (position.device, position.inode) == (live.position.device, live.position.inode)
        if same and live.holds(position):
            live.position = position
        else:
            self._queue_rotated(position)
        self._segments.append(live)

    def _queue_rotated(self, position: Position) -> None:
        for number, path in enumerate(find_rotated(self._path, position)):
            self._segments.append(Segment(path, None if number else position, last=True))


class _Waker(FileSystemEventHandler):
    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in ("opened", "closed_no_write"):  # our own reading
            self._wake()


@asynccontextmanager
async def _watching(folder: Path, wake: asyncio.Event) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    observer = Observer()
    try:
        observer.schedule(_Waker(partial(loop.call_soon_threadsafe, wake.set)), str(folder))
        observer.start()
    except OSError as error:
        log.warning("logs.polling", folder=str(folder), reason=str(error))
        yield
        return
    try:
        yield
    finally:
        observer.stop()
        await asyncio.to_thread(observer.join)
