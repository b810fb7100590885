"""Room on the disk: what is kept back, and when nothing more is taken in."""

from __future__ import annotations

from pathlib import Path

import pytest

from labo.errors import Unavailable
from labo.stack import disk
from labo.stack.disk import FULL_BYTES, KEPT_BACK_BYTES, DiskReserve, KeptBack


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda folder: size)


def test_intake_is_refused_below_the_reserve(tmp_path: Path) -> None:
    """On the real file system, with a reserve that it has and one that it has not."""
    DiskReserve(tmp_path / "not" / "yet", 1).check()

    with pytest.raises(Unavailable, match="the disk is nearly full") as caught:
        DiskReserve(tmp_path, 1 << 62).check()
    assert caught.value.retry_after == 30


def test_room_is_kept_back_and_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While there is plenty a file takes some of it; on a full disk it goes, and comes back."""
    kept, file = KeptBack(tmp_path), tmp_path / "kept-back"

    free(monkeypatch, 10 * KEPT_BACK_BYTES)
    assert kept.step() is None
    assert file.stat().st_blocks * 512 >= KEPT_BACK_BYTES
    free(monkeypatch, FULL_BYTES - 1)
    reason = kept.step()
    assert reason is not None and "the disk is full" in reason
    assert not file.exists()
    free(monkeypatch, FULL_BYTES)
    assert kept.step() is None
    assert not file.exists()
    free(monkeypatch, 10 * KEPT_BACK_BYTES)
    assert kept.step() is None
    assert file.exists()
