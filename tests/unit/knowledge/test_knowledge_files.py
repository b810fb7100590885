"""Knowledge as files, and the pack that comes with the product."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from labo.adapters import knowledge_files
from labo.adapters.knowledge_files import PACK, read_bundled, read_knowledge, write_knowledge
from labo.domain.causality.edges import EdgeStatus
from labo.domain.diagnosis.classification.support import MOST_IMPORTED, labels_behind
from labo.domain.knowledge.calibration import Calibration
from labo.domain.telemetry.log_rates import is_template_rate
from labo.errors import InvalidInput

FOLDER = Path(knowledge_files.__file__).parents[1] / "data" / "knowledge"


def test_the_pack_is_read_as_knowledge_of_elsewhere() -> None:
    """It makes nothing sure, and counts as few labels."""
    pack = read_bundled()

    assert pack.calibration == Calibration()
    assert all(problem.is_imported for problem in pack.problems)
    assert {edge.status for edge in pack.edges} == {EdgeStatus.PROPOSED}
    assert labels_behind(pack.training_examples) == MOST_IMPORTED
    assert max(problem.labelled_incidents for problem in pack.problems) <= MOST_IMPORTED


def test_the_pack_is_small_and_names_no_component_and_no_line() -> None:
    """Roles are those that every system may have."""
    pack = read_bundled()
    features = {feature for one in pack.training_examples for feature in one.features}

    assert (FOLDER.parent / PACK).stat().st_size < 1_000_000
    assert {one.role for one in pack.training_examples} == {"service", "database", "cache"}
    assert not any(map(is_template_rate, features))
    assert not any(name.startswith(("random", "streaming")) for name in features)


def test_the_card_says_what_the_pack_was_never_shown() -> None:
    """It lies beside it, and agrees with it."""
    card = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert "never shown" in card
    assert f"{read_bundled().resolved_incidents} labelled incidents" in card


def test_a_compressed_file_is_equal_when_its_content_is(tmp_path: Path) -> None:
    """So that whoever makes the pack again can see that it is the same."""
    pack = read_bundled()
    one, other = tmp_path / "one.json.gz", tmp_path / "other.json.gz"
    write_knowledge(one, pack)
    write_knowledge(other, read_knowledge(one))

    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"{}")[:-4], gzip.compress(b"{")])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    """Whatever is wrong with it."""
    file = tmp_path / "bad.json.gz"
    file.write_bytes(content)

    with pytest.raises(InvalidInput, match=r"bad\.json\.gz"):
        read_knowledge(file)


def test_a_small_file_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it decompresses to is bounded."""
    monkeypatch.setattr(knowledge_files, "MOST_BYTES", 100)
    file = tmp_path / "bomb.json.gz"
    file.write_bytes(gzip.compress(b" " * 101))

    with pytest.raises(InvalidInput, match="larger"):
        read_knowledge(file)
