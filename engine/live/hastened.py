"""Telemetry of a run that is faster than the clock on the wall."""

from __future__ import annotations

from dataclasses import replace

from engine.records import Hop, LogLine, Sample, Sink


class Hastened:
    """Every time divided by `speed`, as of a system that is quicker by that factor: so what is
    emitted now is stamped now, and no span lasts longer than it took."""

    def __init__(self, sink: Sink, speed: float) -> None:
        self.hops = self.lines = self.samples = 0
        self._sink = sink
        self._speed = speed

    def hop(self, hop: Hop) -> None:
        self.hops += 1
        by = self._speed
        self._sink.hop(
            hop._replace(
                sent=hop.sent / by,
                started=hop.started / by,
                ended=hop.ended / by,
                answered=hop.answered / by,
                queue_wait=hop.queue_wait / by,
            )
        )

    def line(self, line: LogLine) -> None:
        self.lines += 1
        self._sink.line(replace(line, at=line.at / self._speed))

    def sample(self, sample: Sample) -> None:
        self.samples += 1
        self._sink.sample(replace(sample, at=sample.at / self._speed))

    def close(self) -> None:
        self._sink.close()
