"""Which of two pytest processes runs which tests."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadFileScheduling

ACCEPTANCE = "tests/acceptance"


class OneWholeStack(LoadFileScheduling):
    """File by file; all acceptance tests in one process, since each would start a whole stack."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return ACCEPTANCE if file.startswith(ACCEPTANCE) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneWholeStack:
    return OneWholeStack(config, log)
