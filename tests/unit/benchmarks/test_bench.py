"""`make bench`: what is kept, what runs again, and what the page shows of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS
from benchmarks.report.command import PAGE, REMARKS, main
from benchmarks.report.page import HEAD, page, read_page, read_remarks
from benchmarks.report.results import Result, Results
from benchmarks.report.revision import code_commit
from benchmarks.report.runs import Bench

PART = """
from pathlib import Path
from benchmarks.table import Table

def run():
    log = Path({log!r})
    log.write_text(log.read_text() + "{name} " if log.exists() else "{name} ")
    {does}
    return Table("Part {name}", ("a",), [(1.5,)], ("Read by nobody.",))
"""
WORKS, FAILS, LASTS = "pass", "raise RuntimeError('no data')", "import time; time.sleep(60)"
OLD = Result("Part b", "| a |\n|---|\n| 0.5 |\n\n- Old.", "0ld0ld0", "2026-11-21", "9 min")


class Parts:
    """Modules of a folder of one's own, as parts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.commit = folder, "abc1234"
        self.log, self.results = folder / "log", Results(folder / "results")

    def write(self, **does: str) -> None:
        for name, what in does.items():
            text = PART.format(log=str(self.log), name=name, does=what)
            (self.folder / f"fake_part_{name}.py").write_text(text)

    def bench(self) -> Bench:
        modules = {name: f"fake_part_{name}" for name in "abc"}
        return Bench(modules, self.results, lambda: self.commit, {"b": OLD})

    def run(self, *again: str) -> list[str]:
        return self.bench().run(["a", "b", "c"], again)

    @property
    def ran(self) -> str:
        return self.log.read_text()


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = Parts(tmp_path)
    made.write(a=WORKS, b=WORKS, c=WORKS)
    return made


def test_parts_run_in_their_order_and_say_how_far_it_is(
    parts: Parts, capfd: pytest.CaptureFixture[str]
) -> None:
    assert parts.run() == []

    assert parts.ran == "a b c "
    kept = parts.results.find("b")
    assert kept is not None
    assert replace(kept, date="", took="") == Result(
        "Part b", "| a |\n|---|\n| 1.500 |\n\n- Read by nobody.", "abc1234", "", ""
    )
    out, err = capfd.readouterr()
    assert out.count("## Part ") == 3
    assert "[2/3] b: begins" in err
    assert "it took 9 min last" in err


def test_what_has_a_result_of_this_code_does_not_run_again_unless_it_is_named(
    parts: Parts,
) -> None:
    parts.run()
    parts.run()
    parts.run("b")

    assert parts.ran == "a b c b "


def test_other_code_needs_other_results(parts: Parts) -> None:
    parts.run()
    parts.commit = "def5678"
    parts.run()

    assert parts.ran == "a b c a b c "


def test_a_part_that_fails_costs_no_other_part_and_runs_the_next_time(
    parts: Parts, capfd: pytest.CaptureFixture[str]
) -> None:
    parts.write(b=FAILS)

    assert parts.run() == ["b"]
    err = capfd.readouterr().err
    assert "RuntimeError: no data" in err
    assert "[2/3] b: FAILED with exit code 1" in err
    parts.write(b=WORKS)
    assert parts.run() == []
    assert parts.ran == "a b c b "


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_was_ended_goes_on_where_it_was(parts: Parts, ending: signal.Signals) -> None:
    parts.write(b=LASTS)
    bench = (
        "import signal\nfrom pathlib import Path\n"
        "from benchmarks.report.results import Results\nfrom benchmarks.report.runs import Bench\n"
        # who runs tests in the background may have SIGINT ignored, which children inherit
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        f"Bench({dict(parts.bench().modules)}, Results(Path({str(parts.results.folder)!r})),"
        " lambda: 'abc1234', {}).run(['a', 'b', 'c'], ())"
    )
    child = subprocess.Popen([sys.executable, "-c", bench], start_new_session=True)
    try:
        while not parts.log.exists() or parts.ran != "a b ":
            time.sleep(0.02)
        child.send_signal(ending)
        child.wait(60)
    finally:
        with contextlib.suppress(ProcessLookupError):  # SIGKILL leaves the part that ran
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(60)
    parts.write(b=WORKS)

    assert parts.run() == []
    assert parts.ran == "a b b c "


def test_the_page_can_be_read_again_and_loses_nothing_of_what_did_not_run() -> None:
    new = Result("Part a", "| a |\n|---|\n| 1 |", "abc1234 with changes 1234567", "2026-12-01", "")
    text = page("ab", {"b": OLD, "a": new}, {HEAD: "First.\n", "b": "Said of b.\n\n| x |\n"})

    assert read_page(text) == {"a": new, "b": OLD}
    assert page("ab", read_page(text), {HEAD: "First.", "b": "Said of b.\n\n| x |"}) == text
    assert text == (
        "# Benchmarks\n\nFirst.\n\n"
        "## Part a\n\n`python -m benchmarks a` at abc1234 with changes 1234567, 2026-12-01:\n\n"
        "| a |\n|---|\n| 1 |\n\n"
        "## Part b\n\nSaid of b.\n\n| x |\n\n"
        "`python -m benchmarks b` at 0ld0ld0, 2026-11-21, in 9 min:\n\n"
        "| a |\n|---|\n| 0.5 |\n\n- Old.\n"
    )


def test_every_line_of_the_page_survives_that_it_is_written_anew() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert page(BENCHMARKS, read_page(text), read_remarks(REMARKS)) == text
    assert {*read_remarks(REMARKS)} <= {HEAD, *BENCHMARKS}


def test_code_is_named_by_the_last_commit_that_can_change_a_figure(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        command = [shutil.which("git") or "git", *author, *words]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    def committed(path: str, text: str) -> str:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        git("add", ".")
        git("commit", "-m", path)
        return code_commit(tmp_path)

    git("init")
    first = committed("labo/a.py", "1")

    assert committed("docs/benchmarks.md", "1") == first
    assert committed("benchmarks/remarks/head.md", "1") == first
    assert committed("labo/a.py", "2") != first
    clean = code_commit(tmp_path)
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "new.py").write_text("1")
    changed = code_commit(tmp_path)
    assert changed.startswith(f"{clean} with changes ")
    (tmp_path / "engine" / "new.py").write_text("2")
    assert code_commit(tmp_path) not in {clean, changed}


def test_an_unknown_part_is_refused_with_the_names_of_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["a", "b"], ["--again", "d"])

    assert ended.value.code == 2
    assert "unknown: d; known: a, b" in capsys.readouterr().err
