"""The token commands as a person runs them, against the run's own servers."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.client import Graph
from tests.conftest import TestStack

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def labo(stack: TestStack, migrated: Graph, tmp_path: Path) -> Run:
    """`labo(*words)` in a workspace and a data folder of its own."""
    del migrated
    env = os.environ | stack.env
    env |= {"LABO_DATA_DIR": str(tmp_path), "LABO_WORKSPACE": f"test-{uuid.uuid4().hex}"}

    def run(*words: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "labo.cli.main", *words],
            env=env | more,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
