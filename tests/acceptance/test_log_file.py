"""A real log file through the command line: its error templates become problems."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.acceptance.conftest import WholeStack, wait_for

pytestmark = pytest.mark.acceptance

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
OPENSSH = Path(os.environ.get("LABO_BENCH_DATA", SHARED)) / "loghub2k/OpenSSH/OpenSSH_2k.log"

PROBLEMS = "{ problems(first: 100) { nodes { title kind occurrences } } }"


def test_the_error_templates_of_a_log_file_become_problems(whole_stack: WholeStack) -> None:
    """2,000 lines of a public sshd log; the break-in attempts are there by name."""
    if not OPENSSH.exists():
        pytest.skip("the loghub data is not part of the repository; name it by LABO_BENCH_DATA")
    report = json.loads(whole_stack.labo("ingest", str(OPENSSH), "--system", "ssh", "--json"))

    def log_problems() -> list[str] | None:
        nodes = whole_stack.graphql(PROBLEMS)["problems"]["nodes"]
        titles = [node["title"] for node in nodes if node["kind"] == "LOG"]
        return titles if any("POSSIBLE BREAK-IN ATTEMPT" in title for title in titles) else None

    titles = wait_for(log_problems, seconds=120, reason="the break-in template is a problem")

    assert report["lines"] == 2000
    assert any("Failed password" in title for title in titles)
