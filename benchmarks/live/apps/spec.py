"""What one process of an application is told when it starts: as JSON on its command line.

Where its telemetry goes, its names and version are in the environment (`OTEL_…`), as with any
instrumented program.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Spec:
    """`calls` are (name, URL) of the services that it calls for each request, in turn.

    `database` is a SQLite file. A process with `receives` has no port: it takes messages from that
    list of the Valkey at `QUEUE_URL` (environment); one with `sends` puts one there for each
    request. `control` is the file that switches what goes wrong. `work_s` is its own work on each
    request, in seconds; `cache_mb` is memory that it holds from the start.
    """

    service: str
    control: str
    port: int = 0
    calls: tuple[tuple[str, str], ...] = ()
    database: str = ""
    sends: str = ""
    receives: str = ""
    work_s: float = 0.008
    cache_mb: int = 0

    def as_json(self) -> str:
        """The text that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Spec:
        """Raises ValueError, KeyError or TypeError where it is not such a text."""
        values = json.loads(text)
        calls = tuple((str(name), str(url)) for name, url in values["calls"])
        return cls(**(values | {"calls": calls}))
