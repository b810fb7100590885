"""Memory of a running stack: `python -m benchmarks.memory --data FOLDER [--minutes M]`.

Prints proportional set sizes: a page that n processes share counts 1/n for each, so that the sum
is what the stack takes of the machine. Source: `/proc/PID/smaps_rollup`, of every process below
the supervisor. Resident sizes (`labo status`) count a forked worker's shared pages several times.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.table import Table
from labo.stack.state import StackState, running

MB = 1_000_000


@dataclass(frozen=True)
class Memory:
    """One part of the stack: its processes, and their bytes together."""

    name: str
    processes: int
    pss: int
    private: int


def measure(state: StackState) -> list[Memory]:
    """Every living child with its descendants, then the supervisor with what else it started."""
    children = [(child.name, child.pid) for child in state.children if child.pid]
    own = {pid for _, pid in children}
    rows = [_sum(name, _tree(pid)) for name, pid in children if pid]
    supervisor = [state.supervisor_pid]
    for child in psutil.Process(state.supervisor_pid).children():
        if child.pid not in own:
            supervisor += _tree(child.pid)
    return [*rows, _sum("supervisor", supervisor)]


def _tree(pid: int) -> list[int]:
    root = psutil.Process(pid)
    return [pid, *(child.pid for child in root.children(recursive=True))]


def _sum(name: str, pids: list[int]) -> Memory:
    found = [dict(_rollup(pid)) for pid in pids]
    private = ("Private_Clean", "Private_Dirty")
    return Memory(
        name,
        len(pids),
        sum(entry["Pss"] for entry in found),
        sum(entry[key] for entry in found for key in private),
    )


def _rollup(pid: int) -> Iterator[tuple[str, int]]:
    """The sizes of a process, in bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, kilobytes, *_ = line.split()
        yield name.rstrip(":"), int(kilobytes) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the running stack's data folder")
    parser.add_argument("--minutes", type=float, default=0.0, help="how long to let it idle first")
    arguments = parser.parse_args()
    time.sleep(60 * arguments.minutes)
    state = running(arguments.data.resolve())
    if state is None:
        parser.error(f"no stack runs on {arguments.data}")
    rows = measure(state)
    total = Memory(
        "**all**",
        sum(row.processes for row in rows),
        sum(row.pss for row in rows),
        sum(row.private for row in rows),
    )
    columns = ("part", "processes", "PSS MB", "private MB")
    cells = [
        (row.name, row.processes, round(row.pss / MB), round(row.private / MB))
        for row in [*rows, total]
    ]
    print(Table("Memory", columns, cells).markdown())


if __name__ == "__main__":
    main()
