"""`python -m benchmarks live`: which sequences on which applications, and where results go."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.live.faults import Kind
from benchmarks.live.pace import QUICK, Pace
from benchmarks.live.plot import svg
from benchmarks.live.report import tables
from benchmarks.live.results import SequenceResult, read
from benchmarks.live.runner import Report, Setup, run_sequence
from benchmarks.live.sequences import SEQUENCES, Round, Sequence, Step, with_every_kind
from benchmarks.live.shapes import SHAPES, Shape

INTERRUPTED = 130
STACK_S = 60.0
"""About how long a stack takes to start, for the estimate."""


def main(words: list[str]) -> int:
    """Run what the words ask for; the process's exit code. Ctrl-C ends everything in order and
    still reports the faults that are complete."""
    options = _parser().parse_args(words)
    pace = _pace(options)
    if options.read:
        _show([one for file in options.read for one in read(file)], pace)
        return 0
    chosen = list(_chosen(options))
    minutes = _estimate(chosen, pace) / 60
    print(f"{len(chosen)} sequences, about {minutes:.0f} minutes. {pace.sentence()}", flush=True)
    # Ended by a service manager is ended in order too, as by Ctrl-C, which asyncio handles.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    results: list[SequenceResult] = []
    code = 0
    try:
        for sequence, shapes in chosen:
            with _folder(options.keep) as folder:
                report = _reporter(f"{sequence.name} ({shapes[0].name})")
                setup = Setup(folder, pace, report, has_volume=options.volume)
                results.append(run_sequence(sequence, shapes, setup))
            _write(results, options)
            if not results[-1].is_complete:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        print("interrupted; everything that was started has ended", file=sys.stderr)
        code = INTERRUPTED
    if results:
        _show(results, pace)
    return code


def _show(results: list[SequenceResult], pace: Pace) -> None:
    print("\n" + "\n".join(table.markdown() for table in tables(results, pace)))


@contextlib.contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    """Of one sequence: its stack's data, and the logs of all that it started."""
    folder = Path(tempfile.mkdtemp(prefix="labo-live-"))
    try:
        yield folder
    finally:
        if keep:
            print(f"kept: {folder}", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks live",
        description=__doc__,
        epilog="Sequences: " + "; ".join(f"{one.name}: {one.about}" for one in SEQUENCES.values()),
    )
    parser.add_argument("--sequence", action="append", choices=[*SEQUENCES], metavar="NAME")
    parser.add_argument("--app", action="append", choices=[*SHAPES])
    parser.add_argument("--fault", type=Kind, choices=[*Kind], help="of the sequence `single`")
    parser.add_argument("--quick", action="store_true", help="shorter faults, windows and gaps")
    parser.add_argument("--minutes", type=float, help="normal time before the first fault")
    parser.add_argument(
        "--step-s", type=float, default=10.0, help="detection's step; 0: the product's default"
    )
    parser.add_argument("--knowledge", type=Path, help="import it first: `labo knowledge export`")
    parser.add_argument("--volume", action="store_true", help="a simulated system beside it")
    parser.add_argument("--keep", action="store_true", help="keep data and logs of each sequence")
    parser.add_argument("--json", type=Path, help="file for every moment of every fault")
    parser.add_argument(
        "--read",
        type=Path,
        action="append",
        metavar="FILE",
        help="run nothing: the tables of what --json wrote, of several runs together",
    )
    parser.add_argument("--plots", type=Path, help="folder for a picture of each sequence")
    return parser


def _pace(options: argparse.Namespace) -> Pace:
    pace = QUICK if options.quick else Pace()
    pace = replace(pace, step_s=options.step_s or None)
    return pace if options.minutes is None else replace(pace, warm_up_s=options.minutes * 60)


def _chosen(options: argparse.Namespace) -> Iterator[tuple[Sequence, list[Shape]]]:
    """Each sequence on each application, with the next ones beside it where it needs several."""
    names = [*SHAPES]
    for name in options.sequence or SEQUENCES:
        for app in options.app or names:
            place = names.index(app)
            several = [SHAPES[names[(place + n) % len(names)]] for n in range(SEQUENCES[name].apps)]
            sequence = with_every_kind(SEQUENCES[name], tuple(several[0].faults))
            if name == "single" and options.fault:
                if options.fault not in several[0].faults:
                    continue
                sequence = replace(sequence, rounds=(Round((Step(options.fault),)),))
            yield _prepared(sequence, options.knowledge), several


def _prepared(sequence: Sequence, knowledge: Path | None) -> Sequence:
    if knowledge is None:
        return sequence
    words = ("knowledge", "import", str(knowledge.resolve()))
    return replace(sequence, prepares=(*sequence.prepares, words))


def _estimate(chosen: list[tuple[Sequence, list[Shape]]], pace: Pace) -> float:
    """Seconds, if every incident is over and right in the middle of its time."""
    after_s = max(pace.watch_s - pace.fault_s / 2, pace.settle_s / 2)
    return sum(
        STACK_S
        + pace.warm_up_s
        + sum(
            pace.fault_s * max((step.length for step in one.steps), default=1.0)
            + after_s
            + one.minutes * 60 * pace.gap_scale * bool(n)
            for n, one in enumerate(s.rounds)
        )
        for s, _ in chosen
    )


def _reporter(name: str) -> Report:
    began = time.monotonic()

    def report(text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - began), 60)
        load = os.getloadavg()[0]
        print(f"{minutes:3d}:{seconds:02d} load {load:4.1f}  {name}: {text}", flush=True)

    return report


def _write(results: list[SequenceResult], options: argparse.Namespace) -> None:
    """After each sequence, so that a run that is ended loses nothing."""
    if options.json:
        text = json.dumps([one.as_dict() for one in results], indent=1, default=list)
        options.json.write_text(text + "\n", encoding="utf-8")
    if options.plots:
        options.plots.mkdir(parents=True, exist_ok=True)
        for one in results:
            name = f"live-{one.name}-{'-'.join(one.apps)}.svg"
            (options.plots / name).write_text(svg(one), encoding="utf-8")
