"""What may be sent is what workers know."""

from __future__ import annotations

import re

import pytest

from labo.adapters.jobs import ROUTES
from labo.domain.entities.jobs import JobKind
from labo.settings import Settings
from workers.app import TIME_LIMIT_S, VISIBILITY_TIMEOUT_S, app, create_app
from workers.task import JOB_LEASE_S, LaboTask


def registered() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_job_that_is_sent_is_registered() -> None:
    """Jobs are sent by name, so nothing else would notice a misspelt one."""
    assert set(JobKind) <= registered()


def test_every_task_is_a_labo_task_named_topic_verb() -> None:
    """So that retries, drops and log fields are the same everywhere."""
    assert all(isinstance(app.tasks[name], LaboTask) for name in registered())
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", name) for name in registered())


def test_everything_scheduled_is_registered() -> None:
    """Beat sends by name too."""
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= registered()


def test_no_task_may_outlast_the_visibility_timeout() -> None:
    """It would run twice in parallel."""
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit == TIME_LIMIT_S
    assert TIME_LIMIT_S < JOB_LEASE_S < VISIBILITY_TIMEOUT_S
    assert (
        app.conf.broker_transport_options["visibility_timeout"]
        == app.conf.result_backend_transport_options["visibility_timeout"]
        == app.conf.visibility_timeout
    )


def test_no_task_is_lost_with_its_worker() -> None:
    """`acks_late` alone loses the task of a killed child."""
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("events.link", "ingest"),
        ("diagnosis.diagnose", "diagnosis"),
        ("lab.run", "lab"),
        ("escalation.escalate", "llm"),
        ("notifications.notify", "notify"),
        ("jobs.sweep", "graph"),
    ],
)
def test_each_kind_of_work_waits_in_its_own_queue(task: str, queue: str) -> None:
    """Model calls never stand in the way of ingestion."""
    assert app.amqp.router.route({}, task)["queue"].name == queue
    assert ROUTES["*"] == {"queue": "graph"}


def test_the_broker_is_the_configured_one() -> None:
    """Also as the schedule's store."""
    celery = create_app(Settings.model_validate({"redis": {"url": "redis://elsewhere:1/3"}}))

    assert celery.conf.broker_url == "redis://elsewhere:1/3"
    assert celery.conf.redbeat_redis_url == "redis://elsewhere:1/3"
