"""The examples in docstrings are run, all of them, by `make test`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.examples import PROMPT
from tools.lint.sources import project_sources

ROOT = Path(__file__).parents[2]


def test_every_example_is_collected() -> None:
    """No module with an example lies outside of what pytest reads, and none of them is skipped."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    options = config["tool"]["pytest"]["ini_options"]
    modules = [
        source for source in project_sources(ROOT) if source.is_python and PROMPT in source.text
    ]
    examples = [each for each in modules if each.folder != "tests"]

    assert "--doctest-modules" in options["addopts"]
    assert examples
    assert {each.path for each in examples if each.folder not in options["testpaths"]} == set()
    assert {each.path for each in examples if "doctest: +SKIP" in each.text} == set()
