"""docs/benchmarks.md: a head and remarks by hand, and each part's last table with its origin.

A section is the part's heading, its remarks (`remarks/<part>.md`, where there is one), a line that
says which code the table is of, and the table. The page is read again for the tables of parts that
were not run, so nothing but the head and the remarks may be edited by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.report.results import Result

HEAD = "head"
_ORIGIN = re.compile(
    r"^`python -m benchmarks (?P<part>\w+)` at (?P<commit>[^,]+), (?P<date>[\d-]+)"
    r"(?:, in (?P<took>[^:]+))?:$",
    re.MULTILINE,
)


def read_page(text: str) -> dict[str, Result]:
    """The results by part that a page shows."""
    results = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        if origin := _ORIGIN.search(section):
            results[origin["part"]] = Result(
                title=title,
                table=section[origin.end() :].strip(),
                commit=origin["commit"],
                date=origin["date"],
                took=origin["took"] or "",
            )
    return results


def page(parts: Sequence[str], results: Mapping[str, Result], remarks: Mapping[str, str]) -> str:
    """The page of the parts that have a result, in the order of `parts`."""
    sections = [
        _section(part, results[part], remarks.get(part, "")) for part in parts if part in results
    ]
    return "\n".join(["# Benchmarks\n", remarks.get(HEAD, "").strip() + "\n", *sections])


def read_remarks(folder: Path) -> dict[str, str]:
    """What people wrote, by part; the page's head under `HEAD`."""
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}


def _section(part: str, result: Result, remarks: str) -> str:
    took = f", in {result.took}" if result.took else ""
    origin = f"`python -m benchmarks {part}` at {result.commit}, {result.date}{took}:"
    paragraphs = [f"## {result.title}", remarks.strip(), origin, result.table]
    return "\n\n".join(filter(None, paragraphs)) + "\n"
