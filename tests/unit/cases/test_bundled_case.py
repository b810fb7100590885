"""The real incident that comes with the product."""

from __future__ import annotations

import json
from pathlib import Path

import labo.data
from labo.adapters.cases.reading import read_case
from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Verdict

FOLDER = Path(next(iter(labo.data.__path__))) / "petshop_case"


def test_the_bundled_incident_is_diagnosed_by_the_code() -> None:
    """Its folder holds no label, and the search service comes out as the likely cause."""
    case = read_case(FOLDER)
    found = analyse(case)

    assert case.label == ()
    assert found.verdict is Verdict.LIKELY
    assert found.suspects[0].component == "PetSearch_AWS::ECS::Fargate"


def test_the_alert_is_alertmanagers_fourth_version_about_the_target() -> None:
    """It fires within the symptom window."""
    alert = json.loads((FOLDER / "alert.json").read_text())

    assert alert["version"] == "4"
    assert alert["alerts"][0]["labels"]["component"] == read_case(FOLDER).target


def test_the_bundle_is_small_and_says_where_it_is_from() -> None:
    """Below 300 kB, with licence and changes."""
    assert sum(file.stat().st_size for file in FOLDER.iterdir() if file.is_file()) < 300_000
    assert "CC-BY-4.0" in (FOLDER / "NOTICE.md").read_text()
