"""The bill of materials is valid and whole; a known hole is a fault unless it is excused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.supply_chain.advisories import Excuse, faults, main, read_excuses
from tools.supply_chain.parts import all_parts, jar_parts, python_parts
from tools.supply_chain.sbom import bill

TODAY = date(2026, 12, 1)
PARTS = python_parts("requests==2.19.0 \\\n    --hash=sha256:00\n")
PURL = "pkg:pypi/requests@2.19.0"
# As OSV answers for this version.
HOLE = {PURL: ["GHSA-x84v-xcm2-53pg"]}


def test_the_bill_is_valid_and_names_every_part_of_the_locks() -> None:
    parts = all_parts()
    text = bill(parts)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert {one["purl"] for one in json.loads(text)["components"]} == {
        str(part.purl) for part in parts
    }
    assert {part.purl.type for part in parts} == {"pypi", "maven"}


def test_what_is_installed_elsewhere_only_is_no_part() -> None:
    assert python_parts("colorama==0.4.6 ; sys_platform == 'win32' \\\n") == []


def test_a_jar_keeps_its_digest_and_classifier() -> None:
    [part] = jar_parts('[jars]\n"io.netty:epoll:4.1:linux-x86_64" = { size = 1, sha256 = "ab" }')

    assert str(part.purl) == "pkg:maven/io.netty/epoll@4.1?classifier=linux-x86_64"
    assert part.sha256 == "ab"


def test_a_known_hole_is_a_fault() -> None:
    assert faults(PARTS, HOLE, [], TODAY) == [f"{PURL}: GHSA-x84v-xcm2-53pg"]


@pytest.mark.parametrize(("until", "count"), [(TODAY, 0), (date(2026, 11, 30), 1)])
def test_an_excuse_holds_until_its_day(until: date, count: int) -> None:
    excuse = Excuse("GHSA-x84v-xcm2-53pg", "not called", until)

    assert len(faults(PARTS, HOLE, [excuse], TODAY)) == count


def test_a_part_that_nobody_asked_about_is_a_fault() -> None:
    [sentence] = faults(PARTS, {}, [], TODAY)

    assert "does not answer" in sentence


@pytest.mark.parametrize("text", ['id = "A"', 'id = "A"\nreason = " "\nuntil = 2027-01-01'])
def test_an_excuse_without_reason_or_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        read_excuses(f"[[excused]]\n{text}")


def test_recorded_answers_decide_the_exit_code(tmp_path: Path) -> None:
    """0 without a hole, 1 with one, 3 where there are no answers at all."""
    none = {str(part.purl): [] for part in all_parts()}
    answers = tmp_path / "answers.json"

    answers.write_text(json.dumps(none))
    assert main(["--file", str(answers)]) == 0
    answers.write_text(json.dumps(none | {next(iter(none)): ["GHSA-1"]}))
    assert main(["--file", str(answers)]) == 1
    assert main(["--file", str(tmp_path / "absent.json")]) == 3
