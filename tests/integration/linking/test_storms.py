"""A storm of alerts of several causes becomes as many incidents."""

from __future__ import annotations

import pytest

from benchmarks.storms import CAUSES, storm
from tests.integration.linking.conftest import Bench

pytestmark = pytest.mark.stack

ALERTS = 500


async def test_a_storm_of_ten_causes_is_ten_incidents(bench: Bench) -> None:
    """Each in a group of services whose calls are known; all alerts come within a minute."""
    made = await storm(bench.app, bench.workspace, ALERTS, knows_calls=True)

    assert (made.incidents, made.occurrences, made.most_groups) == (CAUSES, ALERTS, 1)


async def test_without_known_calls_services_are_not_lumped_together(bench: Bench) -> None:
    """A label that services share is no proof that one affects the other."""
    made = await storm(bench.app, bench.workspace, ALERTS, knows_calls=False)

    assert (made.occurrences, made.most_groups) == (ALERTS, 1)
