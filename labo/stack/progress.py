"""Whether a part of the running stack does its work, which an open port doesn't say.

Asked by the supervisor, which replaces what is stuck, and by `labo status` and `labo doctor`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from labo.stack.heartbeat import Heartbeat, read_heartbeat
from labo.stack.neo4j_server import REFUSED, probe_neo4j
from labo.stack.probes import NO_ANSWER, ask_valkey, call, probe_valkey
from labo.stack.state import Ports

SILENT_AFTER_S = 15.0
"""Three beats that did not come."""
TASK_BUDGET_S = 360.0
"""A task is killed after 300 s (workers.app.TIME_LIMIT_S): by then one of those taken has ended."""
BACKLOG_BUDGET_S = 60.0
"""A worker that is connected takes a message at once, unless all its processes are busy."""
TICK_BUDGET_S = 60.0
"""The schedule has a round every 5 s; another host's lock is waited for 25 s."""


@dataclass(frozen=True)
class Progress:
    """`text` says what it does; `stuck` why only a restart helps; `trouble` what else is wrong."""

    text: str = ""
    stuck: str | None = None
    trouble: str | None = None
    advice: str = ""

    @property
    def is_well(self) -> bool:
        return not self.stuck and not self.trouble


@dataclass(frozen=True)
class Whereabouts:
    """How to ask the parts of one stack. A password is empty where that part runs elsewhere.

    `queues` are the message queues of each worker by its name.
    """

    data_dir: Path
    ports: Ports
    neo4j_password: str = ""
    valkey_password: str = ""
    api_url: str = ""
    queues: Mapping[str, Sequence[str]] = field(default_factory=dict)


def beat_file(data_dir: Path, name: str) -> Path:
    """Where the child `name` says that it is ready, and how its work stands."""
    return data_dir / "ready" / name


def progress_of(name: str, where: Whereabouts) -> Progress | None:
    """How a part that runs does its work; None for one of which nothing is known."""
    if name == "neo4j":
        return _neo4j(where)
    if name == "valkey":
        return _valkey(where)
    beat = read_heartbeat(beat_file(where.data_dir, name))
    if beat is None:
        return None
    if name in where.queues:
        return _worker(beat, _backlog(where, where.queues[name]))
    if name == "stream":
        return judge(beat, time.monotonic(), budget_s=math.inf)  # it says itself when it is stuck
    return _api(beat, where)


def judge(beat: Heartbeat, now: float, *, budget_s: float, backlog: int = 0) -> Progress:
    """What a heartbeat says at the time `now`. `backlog`: what waits for it elsewhere."""
    waiting = beat.waiting + backlog
    text = f"{beat.done} done, {waiting} waiting"
    if beat.done:
        text += f", last {now - beat.done_at:.0f} s ago"
    if beat.detail:
        text += f"; {beat.detail}"
    stuck = None
    if now - beat.at > SILENT_AFTER_S:
        stuck = f"no sign of life for {now - beat.at:.0f} s"
    elif beat.stuck:
        stuck = beat.stuck
    elif beat.waiting and now - beat.moved_at > budget_s:
        stuck = f"{waiting} waiting, none finished for {now - beat.moved_at:.0f} s"
    elif backlog and not beat.waiting and now - beat.done_at > BACKLOG_BUDGET_S:
        stuck = f"{backlog} messages wait and none is taken"
    elif beat.ticked_at is not None and now - beat.ticked_at > TICK_BUDGET_S:
        stuck = f"the schedule stands still for {now - beat.ticked_at:.0f} s"
    return Progress(text, stuck, beat.trouble or None)


def _worker(beat: Heartbeat, backlog: int) -> Progress:
    now = time.monotonic()
    found = judge(beat, now, budget_s=TASK_BUDGET_S, backlog=backlog)
    if beat.ticked_at is None:
        return found
    text = f"{found.text}; schedule's last round {now - beat.ticked_at:.0f} s ago"
    return Progress(text, found.stuck)


def _backlog(where: Whereabouts, queues: Sequence[str]) -> int:
    """Messages that no worker has taken; 0 where the broker runs elsewhere or doesn't say."""
    if not where.valkey_password:
        return 0
    waiting = 0
    for queue in queues:
        try:
            answer = ask_valkey(where.ports.valkey, where.valkey_password, "LLEN", queue)
        except OSError:
            return 0
        waiting += int(answer[1:]) if answer.startswith(":") else 0
    return waiting


def _neo4j(where: Whereabouts) -> Progress:
    ports = where.ports
    reason = probe_neo4j(ports.bolt, ports.neo4j_http, where.neo4j_password)
    if reason is None:
        return Progress("answers")
    if reason == REFUSED:
        advice = "put the password of its first start back into neo4j.password"
        return Progress(trouble=reason, advice=advice)
    return Progress(stuck=reason)


def _valkey(where: Whereabouts) -> Progress:
    reason = probe_valkey(where.ports.valkey, where.valkey_password)
    if reason is None:
        return Progress("writes")
    if reason.startswith(NO_ANSWER):
        return Progress(stuck=reason)
    advice = "make room on the disk" if "MISCONF" in reason else "`labo logs valkey` shows more"
    return Progress(trouble=reason, advice=advice)


def _api(beat: Heartbeat, where: Whereabouts) -> Progress:
    found = judge(beat, time.monotonic(), budget_s=0)
    if found.stuck or not where.api_url:
        return Progress("", found.stuck)
    try:
        answer = call(f"{where.api_url}/readyz")
    except OSError as error:
        return Progress(trouble=f"no answer: {error}", advice="`labo logs api` shows more")
    if answer.status == HTTPStatus.OK:
        return Progress("ready")
    return Progress(trouble=f"/readyz answers {answer.status}: {_parts(answer.body)}")


def _parts(body: object) -> str:
    """The parts that `/readyz` names as unavailable."""
    parts = body.get("parts") if isinstance(body, dict) else None
    names = [
        str(part.get("name"))
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict) and not part.get("ok")
    ]
    return f"{', '.join(names)} unavailable" if names else "not ready"
