"""What the parts of a running stack do, for `labo status` and `labo doctor`."""

from __future__ import annotations

from pathlib import Path

import psutil

from labo.stack.plan import QUEUES
from labo.stack.progress import Progress, Whereabouts, progress_of
from labo.stack.state import VALKEY_PASSWORD_FILE, ChildState, Phase, StackState, stored_password

_SHOWN = "`labo logs {name}` shows more"
_REPLACED = "it is started again after about a minute; `labo logs {name}` shows more"


def inspect_stack(data_dir: Path, state: StackState) -> dict[str, Progress]:
    """How each child that is ready does its work, and the supervisor when it does none.

    One of which nothing more is known than that it runs is left out.
    """
    where = _whereabouts(data_dir, state)
    found = {"supervisor": stopped} if (stopped := _supervisor(state)) else {}
    for child in state.children:
        if child.phase is Phase.READY and (progress := _progress(child, where)):
            found[child.name] = progress
    return found


def _progress(child: ChildState, where: Whereabouts) -> Progress | None:
    progress = progress_of(child.name, where)
    if progress is None or progress.is_well:
        return progress
    advice = progress.advice or (_REPLACED if progress.stuck else _SHOWN).format(name=child.name)
    return Progress(progress.text, progress.stuck, progress.trouble, advice)


def _supervisor(state: StackState) -> Progress | None:
    """A process that was stopped (SIGSTOP) is alive and replaces nobody."""
    try:
        process = psutil.Process(state.supervisor_pid)
        if process.status() != psutil.STATUS_STOPPED:
            return None
    except psutil.Error:
        return None
    return Progress(stuck="it is stopped", advice=f"kill -CONT {state.supervisor_pid}")


def _whereabouts(data_dir: Path, state: StackState) -> Whereabouts:
    neo4j = stored_password(data_dir) if state.embeds_neo4j else None
    valkey = stored_password(data_dir, VALKEY_PASSWORD_FILE) if state.embeds_redis else None
    return Whereabouts(
        data_dir, state.ports, neo4j or "", valkey or "", state.urls.get("api", ""), QUEUES
    )
