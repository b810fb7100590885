"""Pages made from code are up to date, links lead somewhere, the Makefile explains itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.docs import PAGES, broken_links, main

ROOT = Path(__file__).parents[2]


def test_the_project_has_no_broken_link() -> None:
    """Every relative link in the root's pages and in docs/ leads to a file."""
    assert list(broken_links(ROOT)) == []


@pytest.mark.parametrize("path", PAGES)
def test_what_is_made_from_code_is_what_the_code_says(path: str) -> None:
    """A label that is added appears on its page, an import between rooms in the picture."""
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path]()


def test_finds_a_stale_page_and_a_broken_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check fails and names both; writing repairs the page, not the link."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "ontology.md").write_text("old", encoding="utf-8")
    (tmp_path / "README.md").write_text(
        "[a](docs/ontology.md#labels) [b](docs/none.md) [c](https://example.org)",
        encoding="utf-8",
    )

    assert main(tmp_path, write=False) == 1
    assert capsys.readouterr().out.splitlines() == [
        "docs/ontology.md: run `make docs`",
        "docs/house.svg: run `make docs`",
        "README.md: docs/none.md leads nowhere",
    ]
    assert main(tmp_path, write=True) == 1
    (tmp_path / "docs" / "none.md").touch()
    assert main(tmp_path, write=False) == 0


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_help_prints_every_target() -> None:
    """`make` alone explains itself; each target meant for people has its line."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(?!check)([a-z-]+):", makefile, re.MULTILINE))
    make = shutil.which("make") or "make"

    output = subprocess.run([make, "-C", ROOT], capture_output=True, check=True, text=True).stdout

    explained = dict(re.findall(r"^  make (\S+) +(\S.*)$", output, re.MULTILINE))
    assert set(explained) == targets
    assert {"setup", "run", "demo", "test", "lint", "fmt", "bench", "migrate", "docs"} <= targets
