"""Jobs over Celery: tasks are sent by name, so that no sender needs the workers' code."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = structlog.get_logger()

ROUTES: dict[str, dict[str, str]] = {
    "events.*": {"queue": "ingest"},
    "diagnosis.*": {"queue": "diagnosis"},
    "escalation.*": {"queue": "llm"},
    "lab.*": {"queue": "lab"},
    "notifications.*": {"queue": "notify"},
    "*": {"queue": "graph"},
}
"""Which queue each kind of task waits in; the first pattern that fits counts."""

_MOST_WAITING = 1_000
_SEND_TIMEOUT_S = 5.0
_PATIENCE_S = 1.0
"""What a caller waits for a send. A longer one goes on alone: no answer waits for the broker."""


class CeleryJobs:
    """Sends from one thread, so that a slow broker never holds the event loop up.

    Waiting sends are bounded; past that, messages are dropped: the outbox has the job.
    """

    def __init__(self, broker_url: str) -> None:
        self._celery = Celery("labo-sender", broker=broker_url, set_as_current=False)
        self._celery.conf.update(
            task_routes=ROUTES,
            task_serializer="json",
            accept_content=["json"],
            task_ignore_result=True,
            broker_pool_limit=1,
            broker_connection_timeout=2,
            broker_transport_options={
                "socket_timeout": _SEND_TIMEOUT_S,
                "socket_connect_timeout": 2,
                "max_retries": 0,
            },
        )
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobs")
        self._waiting = 0

    async def enqueue(self, name: str, *args: str) -> None:
        if self._waiting >= _MOST_WAITING:
            log.warning("jobs.not_sent", task=name, reason="too many sends wait")
            return
        self._waiting += 1
        loop = asyncio.get_running_loop()
        sending = loop.run_in_executor(self._thread, self._send, name, args)
        sending.add_done_callback(lambda sent: self._sent(name, sent))
        await asyncio.wait([sending], timeout=_PATIENCE_S)

    def _sent(self, name: str, sent: asyncio.Future[None]) -> None:
        self._waiting -= 1
        if sent.cancelled():
            return
        error = sent.exception()
        if isinstance(error, KombuError | RedisError | OSError):
            log.warning("jobs.not_sent", task=name, reason=type(error).__name__)
        elif error is not None:
            log.error("jobs.send_failed", task=name, exc_info=error)

    def _send(self, name: str, args: tuple[str, ...]) -> None:
        self._celery.send_task(name, args=args, retry=False, ignore_result=True)

    def close(self) -> None:
        """Give up waiting sends; the outbox has their jobs."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._celery.close()
