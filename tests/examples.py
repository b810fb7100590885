"""Examples in docstrings run as tests; a module without one is not imported for it."""

from __future__ import annotations

from pathlib import Path

import pytest

_TESTS = Path(__file__).parent
PROMPT = ">>> "


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip what has no example: importing the whole product takes each process seconds."""
    is_module = collection_path.suffix == ".py" and not collection_path.is_relative_to(_TESTS)
    if is_module and PROMPT not in collection_path.read_text(encoding="utf-8"):
        return True
    return None
