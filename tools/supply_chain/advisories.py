"""`python -m tools.supply_chain.advisories`: fail on a known hole that nobody excused.

Advisories come from OSV, which knows Python packages and jars alike, or from a file of what it
answered (`--record` writes one). Exit code 0: none; 1: a hole; 3: nobody could be asked, which
says nothing about holes and so is no success.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx

from tools.supply_chain.parts import Part, all_parts

SOURCE = "https://api.osv.dev"
EXCUSES = Path(__file__).with_name("excuses.toml")
_BATCH = 500
"""Questions in one request; OSV takes a thousand."""

Answers = Mapping[str, Sequence[str]]
"""Ids of advisories by package URL; a part that was not asked about is absent."""


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why an advisory may stand, and until which day (inclusive)."""

    id: str
    reason: str
    until: date


def read_excuses(text: str) -> list[Excuse]:
    """Raises ValueError for one without a reason or a date."""
    excuses = []
    for entry in tomllib.loads(text).get("excused", []):
        excuse = Excuse(
            entry.get("id", ""), str(entry.get("reason", "")).strip(), entry.get("until")
        )
        if not excuse.id or not excuse.reason or type(excuse.until) is not date:
            raise ValueError(f"an excuse needs id, reason and until (a date): {entry}")
        excuses.append(excuse)
    return excuses


def faults(
    parts: Iterable[Part], answers: Answers, excuses: Iterable[Excuse], today: date
) -> list[str]:
    """A sentence per hole that no excuse covers today, and per part nobody asked about."""
    covered = {one.id: one for one in excuses}
    sentences = []
    for part in parts:
        purl = str(part.purl)
        if purl not in answers:
            sentences.append(f"{purl}: the advisory data does not answer for it")
            continue
        for advisory in answers[purl]:
            excuse = covered.get(advisory)
            if excuse is None:
                sentences.append(f"{purl}: {advisory}")
            elif excuse.until < today:
                sentences.append(f"{purl}: {advisory} was excused until {excuse.until} only")
    return sentences


def ask(parts: Sequence[Part], source: str) -> dict[str, list[str]]:
    """What the source knows of each part. Raises httpx.HTTPError where it can't be asked."""
    answers: dict[str, list[str]] = {}
    with httpx.Client(base_url=source, timeout=30) as client:
        for start in range(0, len(parts), _BATCH):
            batch = parts[start : start + _BATCH]
            queries = [{"package": {"purl": _asked(part)}} for part in batch]
            response = client.post("/v1/querybatch", json={"queries": queries}).raise_for_status()
            for part, result in zip(batch, response.json()["results"], strict=True):
                answers[str(part.purl)] = [one["id"] for one in result.get("vulns", [])]
    return answers


def _asked(part: Part) -> str:
    """Without what names one file of several: a hole is in all of them."""
    return str(part.purl).partition("?")[0]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.supply_chain.advisories")
    parser.add_argument("--source", default=SOURCE, help="An API as OSV's.")
    parser.add_argument("--file", type=Path, help="Recorded answers instead of the API.")
    parser.add_argument("--record", type=Path, help="Write what the API answers, for --file.")
    given = parser.parse_args(arguments)
    parts, excuses = all_parts(), read_excuses(EXCUSES.read_text("utf-8"))
    try:
        answers = (
            json.loads(given.file.read_text("utf-8")) if given.file else ask(parts, given.source)
        )
    except (httpx.HTTPError, OSError, ValueError, KeyError) as error:
        print(
            f"audit: no advisory data ({type(error).__name__}: {error}); nothing was checked.\n"
            "Run it where the API is reached, with --record answers.json, and check here with\n"
            'make audit ARGS="--file answers.json"',
            file=sys.stderr,
        )
        return 3
    if given.record:
        given.record.write_text(json.dumps(answers, indent=1), encoding="utf-8")
    found = faults(parts, answers, excuses, datetime.now(UTC).date())
    for sentence in found:
        print(f"audit: {sentence}", file=sys.stderr)
    print(f"audit: {len(parts)} parts, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
