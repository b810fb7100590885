"""The Celery application: `celery -A workers.app worker -Q …` and `celery -A workers.app beat`."""

from __future__ import annotations

import gc
import importlib
from contextlib import suppress
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_process_init, worker_process_shutdown, worker_ready
from celery.worker.state import active_requests, all_total_count, reserved_requests

from labo import logs
from labo.adapters.engine.scenario_files import bundled_scenarios
from labo.adapters.jobs import ROUTES
from labo.domain.entities.jobs import JobKind, PeriodicKind
from labo.settings import Settings
from labo.stack.heartbeat import BEAT_EVERY_S, Pulse
from workers.runtime import close_runtime, open_runtime
from workers.schedule import add_schedule, schedule_of

VISIBILITY_TIMEOUT_S = 600
TIME_LIMIT_S = 300
"""A task longer than the visibility timeout would run twice in parallel."""

SHARED_MODULES = ("networkx", "scipy.special")
"""What a diagnosis and the counting of evidence import when they first run."""

# A round that could not start before the next one is due is not worth starting.
_EVERY_S = {
    PeriodicKind.SWEEP_JOBS: 10.0,
    PeriodicKind.EXPIRE_EVENTS: 3600.0,
    PeriodicKind.END_SILENT: 30.0,
    PeriodicKind.SWEEP_EVIDENCE: 300.0,
    PeriodicKind.EXPIRE_EVIDENCE: 3600.0,
}
SCHEDULE = {
    kind.value: {"task": kind.value, "schedule": every_s, "options": {"expires": int(every_s)}}
    for kind, every_s in _EVERY_S.items()
}


def task_modules() -> list[str]:
    """The modules of `workers.tasks`: one per topic that a task's name starts with.

    The stream process's modules are not among them.
    """
    topics = {name.partition(".")[0] for name in (*JobKind, *PeriodicKind)}
    return [f"workers.tasks.{topic}" for topic in sorted(topics)]


def create_app(settings: Settings) -> Celery:
    """Celery on Redis with the settings that lose no task (design: runtime, Celery on Redis)."""
    url = settings.redis.url.get_secret_value() if settings.redis.url else None
    celery = Celery("labo", broker=url, backend=url)
    celery.conf.update(
        imports=task_modules(),
        task_routes=ROUTES,
        task_default_queue="graph",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_soft_shutdown_timeout=30,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 30,
            "health_check_interval": 25,
        },
        result_backend_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT_S},
        visibility_timeout=VISIBILITY_TIMEOUT_S,
        broker_pool_acquire_timeout=5,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_time_limit=TIME_LIMIT_S,
        task_soft_time_limit=TIME_LIMIT_S - 30,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        result_expires=3600,
        beat_scheduler="redbeat.RedBeatScheduler",
        beat_max_loop_interval=5,
        redbeat_lock_timeout=25,
        redbeat_redis_url=url,
        beat_schedule=SCHEDULE,
    )
    return celery


@worker_process_init.connect
def _open(**_: object) -> None:
    logs.configure(Settings().log_level)
    open_runtime()


@worker_process_shutdown.connect
def _close(**_: object) -> None:
    close_runtime()


@worker_init.connect
def _share(**_: object) -> None:
    """Load before the fork what every process of the pool comes to use, so that they share it.

    Frozen, the collector writes to none of those pages.
    """
    for module in SHARED_MODULES:
        importlib.import_module(module)
    bundled_scenarios()
    gc.collect()
    gc.freeze()


@worker_ready.connect
def _begin_heartbeat(sender: Any, **_: object) -> None:
    """From the worker's own loop: where that hangs, the heartbeat stops."""
    pulse = Pulse()

    def beat() -> None:
        finished = all_total_count[0] - len(active_requests)
        schedule = schedule_of(sender.controller)
        ticked_at = schedule.ticked_at if schedule else None
        with suppress(OSError):  # a full disk is no reason to end
            pulse.beat(done=finished, waiting=len(reserved_requests), ticked_at=ticked_at)

    beat()
    sender.timer.call_repeatedly(BEAT_EVERY_S, beat)


app = create_app(Settings())
add_schedule(app)
