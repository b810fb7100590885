"""The applications of a run, and what was seen of each so far."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.live.application import Application, Receiver, ended
from benchmarks.live.moments import Look
from benchmarks.live.shapes import Shape
from labo.stack.valkey_server import start_valkey


@dataclass(slots=True)
class Subject:
    """An application under observation: `looks` grow by one each few seconds, or `missed` does
    where the stack does not answer."""

    application: Application
    missed: int = 0
    looks: list[Look] = field(default_factory=list)
    normal: list[tuple[float, float]] = field(default_factory=list)

    @property
    def shape(self) -> Shape:
        return self.application.shape

    def since(self, at: float) -> list[Look]:
        return [look for look in self.looks if look.at >= at]

    def last_before(self, at: float) -> Look:
        """Empty where there was none."""
        earlier = [look for look in self.looks if look.at < at]
        return earlier[-1] if earlier else Look(at, ())


@contextlib.contextmanager
def subjects_of(shapes: list[Shape], folder: Path, receiver: Receiver) -> Iterator[list[Subject]]:
    """Applications that are not started yet, with a Valkey where one needs it; all end here."""
    with ExitStack() as held:
        queue_url = ""
        if any(one.sends for shape in shapes for one in shape.components):
            valkey = start_valkey(folder / "valkey")
            held.callback(valkey.stop)
            queue_url = valkey.url
        applications = [
            Application(shape, folder / shape.name, receiver, queue_url) for shape in shapes
        ]
        held.enter_context(ended(applications))
        yield [Subject(one) for one in applications]
