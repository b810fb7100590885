"""`python -m benchmarks`: run the parts of docs/benchmarks.md that lack a result of this code.

Each part's result is kept in benchmarks/.results when the part ends, so a run that was
interrupted goes on where it was. Without names the page is written at the end; a part that fails
leaves its old table there, with the commit that it is of. `python -m benchmarks live …` is apart:
it takes hours, and has words of its own (docs/live-bench.md).
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.report.page import page, read_page, read_remarks
from benchmarks.report.results import Result, Results
from benchmarks.report.revision import code_commit
from benchmarks.report.runs import Bench, say

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
REMARKS = ROOT / "benchmarks" / "remarks"
INTERRUPTED = 130
EXAMPLES = """examples:
  make bench                              what is missing, then the page
  make bench ARGS="--again"               everything anew
  make bench ARGS="--again labels edges"  these anew, and what is missing
  python -m benchmarks labels edges       these only, on the screen; the page stays
  python -m benchmarks --list             the parts: when they ran, of which code, how long
  python -m benchmarks --page             the page alone, after editing benchmarks/remarks/
"""


def main(parts: Sequence[str], words: Sequence[str]) -> int:
    """Do what the words ask for; 1 where a part failed, 130 where the run was interrupted."""
    options = _options(parts, words)
    shown = read_page(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    modules = {part: f"benchmarks.{part}" for part in parts}
    kept = Results(ROOT / "benchmarks" / ".results")
    bench = Bench(modules, kept, lambda: code_commit(ROOT), shown)
    chosen = options.parts or list(parts)
    if options.list:
        for part in chosen:
            print(f"{part:18} {_state(bench, part)}")
        return 0
    failed: list[str] = []
    if not options.page:
        # `kill` ends the part that runs, as Ctrl-C does; without this it would go on alone.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        again = chosen if options.again == [] else options.again or []
        try:
            failed = bench.run(chosen, again)
        except KeyboardInterrupt:
            say("interrupted; the same command goes on where it was")
            return INTERRUPTED
    if not options.parts:
        write(parts, bench)
    if failed:
        say(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def write(parts: Sequence[str], bench: Bench) -> None:
    """The page: results of this code where there are any, else what it showed before."""
    commit = bench.commit()
    new = {part: found for part in parts if (found := bench.result_of(part, commit))}
    remarks = read_remarks(REMARKS)
    PAGE.write_text(page(parts, {**bench.shown, **new}, remarks), encoding="utf-8")
    for part in _outdated(new, bench.shown, remarks):
        say(f"new figures; read benchmarks/remarks/{part}.md again")


def _outdated(
    new: Mapping[str, Result], shown: Mapping[str, Result], remarks: Mapping[str, str]
) -> list[str]:
    return [
        part
        for part, result in new.items()
        if part in remarks and (part not in shown or shown[part].table != result.table)
    ]


def _state(bench: Bench, part: str) -> str:
    result = bench.results.find(part) or bench.shown.get(part)
    if result is None:
        return "never ran"
    is_new = "this code" if result.commit == bench.commit() else "older code"
    return f"{result.date}  {result.took or '–':8} {is_new}: {result.commit}"


def _options(parts: Sequence[str], words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="all without one")
    parser.add_argument(
        "--again", nargs="*", metavar="PART", help="run these anew; without a name all chosen"
    )
    parser.add_argument("--list", action="store_true", help="list the parts, run nothing")
    parser.add_argument("--page", action="store_true", help="run nothing, write the page anew")
    options = parser.parse_args(words)
    if unknown := {*options.parts, *(options.again or ())} - {*parts}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(parts)}")
    return options
