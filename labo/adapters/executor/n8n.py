"""Actions as n8n workflows that wait: started by a webhook, resumed at their Wait node.

Starting does nothing but wait: the workflow answers `{status: running, resume_url}` ("Respond to
Webhook" with `$execution.resumeUrl`), and acts behind the Wait node. n8n resumes an execution once:
401 is a bad signature, 404 an execution that it doesn't have, 409 one that was resumed or is over.
So a resume that had no answer is repeated, and 404 or 409 then mean that it had arrived. The bodies
of those answers carry a stack trace and are not read. The resume URL is signed: a secret.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from labo.adapters.executor.records import Held, Records
from labo.adapters.executor.reports import (
    Unreadable,
    as_json,
    done,
    failed,
    read_object,
    read_report,
    running,
    unknown,
)
from labo.adapters.outgoing import NotSent, OutgoingAnswer, OutgoingPolicy, post
from labo.adapters.standard_webhooks import read_secret, signed_headers
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import SETTLED, Action, ExecutionReport, as_rollback
from labo.errors import Forbidden, LaboError, Unavailable

_ARRIVED = frozenset({404, 409})
_RESUME = "resume_url"
_SENT, _NO = "sent", "no"


class N8nExecutor:
    """`url` is the production URL of the workflow's Webhook node; a resume URL must be on the same
    host and port. `folder` holds the records of what was begun; empty `templates`: any."""

    name = "n8n"

    def __init__(
        self,
        url: str,
        secret: str,
        policy: OutgoingPolicy,
        folder: Path,
        templates: frozenset[str] = frozenset(),
    ) -> None:
        self._url = url
        self._key = read_secret(secret, "LABO_EXECUTORS__N8N__SECRET")
        self._policy = policy
        self._records = Records(folder)
        self._templates = templates

    def can_run(self, template_id: str) -> bool:
        """See `labo.ports.executor`."""
        return not self._templates or template_id in self._templates

    async def check(self) -> str:
        """Whether the workflow answers a dry run. Raises LaboError."""
        report = await self.dry_run(Action(f"check-{uuid.uuid4()}", "", "", "", {}, ()))
        return f"the workflow answers a dry run: {report.status.value}"

    async def dry_run(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. The workflow answers without waiting."""
        answer = await self._send(self._url, "dry_run", action, f"{action.id}:{uuid.uuid4()}", {})
        if 400 <= answer.status < 500:
            return failed(f"n8n answers {answer.status}: is the workflow published?")
        if not 200 <= answer.status < 300:
            raise Unavailable(f"n8n answers {answer.status}", where="n8n")
        try:
            return read_report(answer.body)
        except Unreadable as error:
            return failed(f"n8n answers {answer.status}, but {error}")

    async def execute(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        return await self._once("execute", action, {})

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        """See `labo.ports.executor`. A workflow of its own run, with `of` and `before`."""
        more = {"of": action.id, "before": dict(before)}
        return await self._once("rollback", as_rollback(action), more)

    async def ask(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. Resumes again where it is not known how it ended, which n8n
        does once; an id that was never begun is closed."""
        with self._records.begin(action.id) as held:
            if held is not None:
                return held.end(failed("it was never begun, and will not be"))
        record = self._records.find(action.id)
        if record is None:
            return unknown("its record is gone")
        if record.report is not None:
            return record.report
        if record.is_held:
            return running("it is being resumed")
        if _RESUME not in record.note:
            return unknown("the workflow was started, but its answer was lost")
        with self._records.resume(action.id) as held:
            if held is None:
                return running("it is being resumed")
            may_have_arrived = record.note.get(_SENT) != _NO
            url = record.note[_RESUME]
            return await self._resume(held, url, action, is_repeated=may_have_arrived)

    async def _once(self, kind: str, action: Action, more: Mapping[str, object]) -> ExecutionReport:
        try:
            with self._records.begin(action.id) as held:
                if held is not None:
                    return await self._start(held, kind, action, more)
            return await self.ask(action)
        except OSError as error:
            return failed(f"nothing was sent: its record can't be written ({error.strerror})")
        except LaboError as error:
            return unknown(f"it was begun before: {error.message}")

    async def _start(
        self, held: Held, kind: str, action: Action, more: Mapping[str, object]
    ) -> ExecutionReport:
        try:
            answer = await self._send(self._url, kind, action, action.id, more)
        except Unavailable as error:
            if isinstance(error, NotSent):
                return held.end(failed(f"nothing was sent: {error.message}"))
            return unknown(f"the workflow may have been started: {error.message}")
        except LaboError as error:
            return held.end(failed(f"nothing was sent: {error.message}"))
        if 400 <= answer.status < 500:
            return held.end(failed(f"n8n answers the start with {answer.status}"))
        if not 200 <= answer.status < 300:
            return unknown(f"n8n answers the start with {answer.status}")
        try:
            url = self._resume_url(answer.body)
        except Unreadable as error:
            return unknown(f"n8n answers the start with {answer.status}, but {error}")
        except Forbidden as error:
            return held.end(failed(f"not resumed: {error.message}"))
        return await self._resume(held, url, action, is_repeated=False)

    def _resume_url(self, body: bytes) -> str:
        """Raises Unreadable, and Forbidden for another host's."""
        answer = read_object(body)
        url = answer.get(_RESUME)
        if answer.get("status") != "running" or not isinstance(url, str):
            raise Unreadable("it is not {status: running, resume_url}")
        try:
            resume, start = urlsplit(url), urlsplit(self._url)
            is_there = (resume.scheme, resume.netloc) == (start.scheme, start.netloc)
        except ValueError as error:
            raise Unreadable("its resume_url is not a URL") from error
        if not is_there:
            raise Forbidden("its resume_url is not on the configured n8n")
        return url

    async def _resume(
        self, held: Held, url: str, action: Action, *, is_repeated: bool
    ) -> ExecutionReport:
        """`is_repeated`: an earlier attempt may have arrived."""
        held.note({_RESUME: url, _SENT: "perhaps"})
        try:
            answer = await self._send(url, "resume", action, f"{action.id}:resume", {})
        except NotSent as error:
            if not is_repeated:
                held.note({_RESUME: url, _SENT: _NO})
            return unknown(f"it waits to be resumed: {error.message}")
        except Unavailable as error:
            if is_repeated:
                return unknown(f"it may have been resumed: {error.message}")
            return await self._resume(held, url, action, is_repeated=True)
        except LaboError as error:
            return held.end(failed(f"not resumed: {error.message}"))
        if answer.status in _ARRIVED and is_repeated:
            return held.end(
                done(f"n8n had it already ({answer.status}); how it ended, it doesn't say")
            )
        if 400 <= answer.status < 500:
            return held.end(failed(f"n8n refused to resume it with {answer.status}"))
        if not 200 <= answer.status < 300:
            return unknown(f"n8n answers the resume with {answer.status}")
        return _ended(held, answer)

    async def _send(
        self, url: str, kind: str, action: Action, message: str, more: Mapping[str, object]
    ) -> OutgoingAnswer:
        body = json.dumps({**as_json(action), **more, "kind": kind}, sort_keys=True).encode()
        return await post(url, body, signed_headers(self._key, message, body), self._policy)


def _ended(held: Held, answer: OutgoingAnswer) -> ExecutionReport:
    """By the workflow's own report, where it gives one."""
    try:
        report = read_report(answer.body)
    except Unreadable:
        return running("n8n has resumed it")
    return held.end(report) if report.status in SETTLED else report
