"""How the shell's `labo` ends."""

from __future__ import annotations

import pytest

from labo.cli import entry
from labo.cli import main as command_line


def test_ctrl_c_before_the_command_runs_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While it loads, nothing is started yet: exit code 130 and one line."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "main", interrupted)
    with pytest.raises(SystemExit) as caught:
        entry.main()

    assert caught.value.code == 130
    assert capsys.readouterr().err.strip() == "Stopped; nothing was started."
