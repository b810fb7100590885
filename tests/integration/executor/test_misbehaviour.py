"""Systems behind executors that hang, lie, answer twice, or are not there."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labo.adapters.executor.engine import EngineExecutor
from labo.adapters.executor.n8n import N8nExecutor
from labo.adapters.executor.webhook import WebhookExecutor
from labo.domain.escalation.executions import ExecutionReport, ExecutionStatus
from labo.errors import Unavailable
from labo.ports.executor import Executor
from tests.builders.answering import answering
from tests.builders.executor_worlds import HANG_S, LOCAL, SECRET, an_action, kubernetes_executor
from tests.builders.receiver import Reply, receiving

DONE, FAILED, UNKNOWN = ExecutionStatus.DONE, ExecutionStatus.FAILED, ExecutionStatus.UNKNOWN

BAD_ANSWERS = {
    "prose": b"Sure! I restarted the service for you.",
    "empty": b"",
    "another form": b'{"ok": true}',
    "an unknown status": b'{"status": "finished"}',
    "a status that is no text": b'{"status": 1}',
    "contradicting fields": b'{"status": "failed", "status": "done"}',
    "two answers": b'{"status": "done"}{"status": "failed"}',
    "two lines": b'{"status": "done"}\n{"status": "done"}',
    "more than asked for": b'{"status": "done", "error": "it failed"}',
    "a list": b'[{"status": "done"}]',
    "a number that is none": b'{"status": "done", "before": {"replicas": NaN}}',
    "nested state": b'{"status": "done", "before": {"a": {"b": 1}}}',
    "too much state": json.dumps(
        {"status": "done", "before": {f"k{n}": n for n in range(51)}}
    ).encode(),
    "deep nesting": b"[" * 60_000,
    "not UTF-8": b'{"status": "d\xffne"}',
    "ten megabytes": b'{"status": "done", "detail": "' + b"x" * 10_000_000 + b'"}',
}


def webhook(url: str) -> WebhookExecutor:
    return WebhookExecutor(url, SECRET, LOCAL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def engine_that_answers(path: Path, answer: bytes | None) -> Iterator[EngineExecutor]:
    """A socket that answers one command with these bytes, or never."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    ended = threading.Event()

    def serve() -> None:
        caller, _ = server.accept()
        with caller:
            caller.recv(65_536)
            if answer is None:
                ended.wait(20)
            else:
                try:
                    caller.sendall(answer)
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield EngineExecutor(path, timeout_s=HANG_S)
    finally:
        ended.set()
        thread.join()
        server.close()


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_a_webhook_answer_that_is_not_as_agreed_is_unknown(answer: bytes) -> None:
    """Neither done nor failed may be read into it, and no part of it is quoted."""
    with receiving(Reply(body=answer)) as receiver:
        report = await webhook(receiver.url).execute(an_action())

    assert report.status is UNKNOWN
    assert "the receiver answers 200, but" in report.detail
    assert "Sure" not in report.detail


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_an_engine_answer_that_is_not_as_agreed_is_unknown(
    answer: bytes, tmp_path: Path
) -> None:
    """The same reading, whatever the wire."""
    with engine_that_answers(tmp_path / "e.sock", answer) as executor:
        report = await executor.execute(an_action())

    assert (report.status, report.before) == (UNKNOWN, {})


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_an_n8n_start_that_is_not_as_agreed_is_unknown(answer: bytes, tmp_path: Path) -> None:
    """And the workflow is not started again under that id."""
    with receiving(Reply(body=answer)) as receiver:
        executor = N8nExecutor(f"{receiver.url}/webhook/x", SECRET, LOCAL, tmp_path)
        first = await executor.execute(an_action())
        again = await executor.execute(an_action())

    assert (first.status, again.status) == (UNKNOWN, UNKNOWN)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [200, 500])
async def test_a_receiver_that_hangs_leaves_it_unknown(status: int) -> None:
    """It got the request, so it may act; asking says to try later."""
    with receiving(Reply(status, delay_s=2 * HANG_S)) as receiver:
        report = await webhook(receiver.url).execute(an_action())
        with pytest.raises(Unavailable):
            await webhook(receiver.url).ask(an_action())
        with pytest.raises(Unavailable):
            await webhook(receiver.url).dry_run(an_action())

    assert report.status is UNKNOWN
    assert "it was sent: no answer" in report.detail


async def test_an_engine_that_hangs_leaves_it_unknown(tmp_path: Path) -> None:
    """A command may wait in its queue."""
    with engine_that_answers(tmp_path / "e.sock", None) as executor:
        report = await executor.execute(an_action())

    assert report.status is UNKNOWN


async def test_a_cluster_that_hangs_leaves_it_unknown() -> None:
    """Even where only reading was tried: the same id may have been carried out before."""
    slow = Reply(delay_s=2 * HANG_S)
    with answering(lambda _: slow) as server:
        executor = kubernetes_executor(server.url)
        report = await executor.execute(an_action())
        with pytest.raises(Unavailable):
            await executor.ask(an_action())

    assert report.status is UNKNOWN


@pytest.mark.parametrize("status", [301, 307, 408, 500, 502, 503, 504])
async def test_an_answer_that_leaves_it_open_is_unknown(status: int) -> None:
    """A gateway answers so too, with the receiver at work behind it. Redirects aren't followed."""
    with receiving(Reply(status, headers={"location": "http://127.0.0.1:1/"})) as receiver:
        report = await webhook(receiver.url).execute(an_action())

    assert report.status is UNKNOWN
    assert str(status) in report.detail


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429])
async def test_a_refusal_failed_without_effect(status: int, tmp_path: Path) -> None:
    """The code alone is kept: bodies may carry a stack trace."""
    refusal = Reply(status, b'{"message": "at Object.<anonymous> (/usr/lib/n8n)"}')
    with receiving(refusal) as receiver:
        executors: list[Executor] = [
            webhook(receiver.url),
            N8nExecutor(f"{receiver.url}/webhook/x", SECRET, LOCAL, tmp_path),
        ]
        reports = [await executor.execute(an_action()) for executor in executors]

    assert [report.status for report in reports] == [FAILED, FAILED]
    assert all(str(status) in report.detail for report in reports)
    assert not any("anonymous" in report.detail for report in reports)


async def test_nobody_there_failed_without_effect(tmp_path: Path) -> None:
    """No byte was sent; a dry run is to be tried later."""
    url = f"http://127.0.0.1:{free_port()}"
    executors: list[Executor] = [
        webhook(url),
        N8nExecutor(f"{url}/webhook/x", SECRET, LOCAL, tmp_path / "records"),
        EngineExecutor(tmp_path / "no.sock"),
    ]
    reports = [await executor.execute(an_action()) for executor in executors]

    assert [report.status for report in reports] == [FAILED, FAILED, FAILED]
    assert all("nothing was sent" in report.detail for report in reports)
    for executor in executors:
        with pytest.raises(Unavailable):
            await executor.dry_run(an_action())


async def test_an_address_that_is_not_allowed_failed_without_effect() -> None:
    """The policy of outgoing requests holds for actions too."""
    executor = WebhookExecutor("http://127.0.0.2/", SECRET, LOCAL)
    report = await executor.execute(an_action())

    assert (report.status, "not on the list" in report.detail) == (FAILED, True)


async def test_a_conflict_is_asked_for() -> None:
    """409: the receiver had it already, and says how it stands."""
    with receiving(Reply(409), Reply(body=b'{"status": "running"}')) as receiver:
        report = await webhook(receiver.url).execute(an_action())
        kinds = [json.loads(one.body)["kind"] for one in receiver.received]

    assert report.status is ExecutionStatus.RUNNING
    assert kinds == ["execute", "status"]


async def test_a_lost_answer_after_a_conflict_is_unknown() -> None:
    """Asking failed, so nothing is known."""
    with receiving(Reply(409), Reply(503)) as receiver:
        report = await webhook(receiver.url).execute(an_action())

    assert report.status is UNKNOWN


async def test_secrets_in_an_answer_are_masked_and_it_is_cut() -> None:
    """What others write is foreign text."""
    detail = "password=hunter2secret " + "\x1b[31mlong " * 1_000
    answer = json.dumps({"status": "done", "detail": detail}).encode()
    with receiving(Reply(body=answer)) as receiver:
        report = await webhook(receiver.url).execute(an_action())

    assert report.status is DONE
    assert "hunter2secret" not in report.detail
    assert "\x1b" not in report.detail
    assert len(report.detail) <= 2_000


async def test_no_report_shows_the_address_or_the_secret(tmp_path: Path) -> None:
    """URLs of webhooks are secrets themselves."""
    url = f"http://127.0.0.1:{free_port()}/webhook/very-secret-path"
    reports: list[ExecutionReport] = [
        await webhook(url).execute(an_action()),
        await N8nExecutor(url, SECRET, LOCAL, tmp_path).execute(an_action()),
    ]

    assert not any("very-secret-path" in report.detail for report in reports)
    assert not any(SECRET[8:] in report.detail for report in reports)


async def test_a_question_is_not_taken_for_a_repeated_message() -> None:
    """Standard Webhooks receivers drop a repeated `webhook-id`: only `execute` repeats its own."""
    with receiving(Reply(body=b'{"status": "done"}')) as receiver:
        executor = webhook(receiver.url)
        for _ in range(2):
            await executor.execute(an_action())
            await executor.ask(an_action())
            await executor.dry_run(an_action())
        ids = [one.headers["webhook-id"] for one in receiver.received]

    assert ids.count("e1") == 2
    assert len(set(ids)) == 5


async def test_a_record_that_cannot_be_written_begins_nothing(tmp_path: Path) -> None:
    """Without a record a second attempt could not know of the first."""
    blocked = tmp_path / "file"
    blocked.touch()
    with receiving() as receiver:
        executor = N8nExecutor(f"{receiver.url}/webhook/x", SECRET, LOCAL, blocked / "records")
        report = await executor.execute(an_action())

    assert (report.status, receiver.received) == (FAILED, [])


async def test_cancelling_leaves_it_unknown(tmp_path: Path) -> None:
    """A worker's soft time limit ends an execution in the middle."""
    with receiving(Reply(delay_s=HANG_S)) as receiver:
        executor = N8nExecutor(f"{receiver.url}/webhook/x", SECRET, LOCAL, tmp_path)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(HANG_S / 2):
                await executor.execute(an_action())
        asked = await executor.ask(an_action())

    assert asked.status is UNKNOWN
