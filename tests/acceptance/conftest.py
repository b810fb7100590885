"""One whole stack for the acceptance tests: `labo up` with child processes, on free ports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tests.builders.watchdog import down_after_us

T = TypeVar("T")


@dataclass(frozen=True)
class WholeStack:
    """A running stack as an operator has it: a data folder, a URL and a token."""

    data: Path
    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def labo(self, *words: str, check: bool = True) -> str:
        return run_labo(self.data, *words, check=check)

    def pid(self, name: str) -> int | None:
        """The pid of a child that is ready, else None."""
        rows = json.loads(self.labo("status", "--json", check=False))["processes"]
        row = next(row for row in rows if row["name"] == name)
        return row["pid"] if row["state"] == "ready" else None

    def graphql(self, query: str, **variables: object) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            headers=self.headers,
            timeout=20,
        )
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data


def run_labo(data: Path, *words: str, check: bool = True) -> str:
    """One `labo` command against the data folder; its standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "labo.cli.main", *words],
        env=os.environ | {"LABO_DATA_DIR": str(data), "LABO_LLM__SCRIPTED": "true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if check and done.returncode:
        pytest.fail(f"labo {' '.join(words)}: exit code {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout


def wait_for(what: Callable[[], T | None], *, seconds: float, reason: str) -> T:
    """The first true answer of `what`; fails the test with `reason` when none comes in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := what():
                return found
        except (httpx.HTTPError, AssertionError):
            pass  # parts of the stack are down on purpose in some tests
        time.sleep(0.3)
    pytest.fail(f"not within {seconds} s: {reason}")


@pytest.fixture(scope="session")
def whole_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeStack]:
    data = tmp_path_factory.mktemp("whole") / "data"
    with down_after_us(data):
        run_labo(data, "up", "--detach", "--ports", "auto")
        try:
            urls = json.loads(run_labo(data, "status", "--json"))["urls"]
            yield WholeStack(data, urls["api"], (data / "token").read_text().strip())
        finally:
            run_labo(data, "down")
