"""Actions as signed webhooks (Standard Webhooks 1.0), for Rundeck, AWX, StackStorm, n8n and others.

The body is the action as JSON with `kind`: `execute`, `dry_run`, `rollback` (with `of`, the id of
what is undone, and `before`) or `status`. The answer is one JSON object `{status, detail, before}`.
The receiver acts once for an `id`, and answers a `status` of one that it never began with `failed`
and refuses that id from then on.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from labo.adapters.executor.reports import Unreadable, as_json, failed, read_report, unknown
from labo.adapters.outgoing import NotSent, OutgoingAnswer, OutgoingPolicy, post
from labo.adapters.standard_webhooks import read_secret, signed_headers
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import (
    Action,
    ExecutionReport,
    ExecutionStatus,
    as_rollback,
)
from labo.errors import LaboError, Unavailable

ANY = frozenset[str]()
_REQUEST_TIMEOUT = 408
_CONFLICT = 409


class WebhookExecutor:
    """`templates` are the ids that the receiver knows; empty: any."""

    name = "webhook"

    def __init__(
        self, url: str, secret: str, policy: OutgoingPolicy, templates: frozenset[str] = ANY
    ) -> None:
        self._url = url
        self._key = read_secret(secret, "LABO_EXECUTORS__WEBHOOK__SECRET")
        self._policy = policy
        self._templates = templates

    def can_run(self, template_id: str) -> bool:
        """See `labo.ports.executor`."""
        return not self._templates or template_id in self._templates

    async def check(self) -> str:
        """Whether it answers, by the status of an id that nobody had. Raises LaboError."""
        asked = Action(f"check-{uuid.uuid4()}", "", "", "", {}, ())
        answer = await self._send("status", asked, f"{asked.id}:status")
        _settled(answer)
        return f"answers {answer.status}, and in the form that was agreed"

    async def dry_run(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        answer = await self._send("dry_run", action, f"{action.id}:dry_run:{uuid.uuid4()}")
        if 400 <= answer.status < 500:
            return failed(f"the receiver answers {answer.status}")
        report = _settled(answer)
        if report.status in (ExecutionStatus.DONE, ExecutionStatus.FAILED):
            return report
        return failed(f"the receiver answers a dry run with {report.status.value}")

    async def execute(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        return await self._act("execute", action, {})

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        """See `labo.ports.executor`."""
        more = {"of": action.id, "before": dict(before)}
        return await self._act("rollback", as_rollback(action), more)

    async def ask(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. Each question is a message of its own: a receiver that drops
        repeated ids must not drop it."""
        answer = await self._send("status", action, f"{action.id}:status:{uuid.uuid4()}")
        if 400 <= answer.status < 500:
            return unknown(f"the receiver answers {answer.status} when asked")
        return _settled(answer)

    async def _act(self, kind: str, action: Action, more: Mapping[str, object]) -> ExecutionReport:
        try:
            answer = await self._send(kind, action, action.id, more)
        except Unavailable as error:
            if isinstance(error, NotSent):
                return failed(f"nothing was sent: {error.message}")
            return unknown(f"it was sent: {error.message}")
        except LaboError as error:
            return failed(f"nothing was sent: {error.message}")
        if answer.status == _CONFLICT:
            return await self._ask_after_conflict(action)
        if 400 <= answer.status < 500 and answer.status != _REQUEST_TIMEOUT:
            return failed(f"the receiver refused it with {answer.status}")
        if not 200 <= answer.status < 300:
            return unknown(f"the receiver answers {answer.status}")
        return _read(answer)

    async def _ask_after_conflict(self, action: Action) -> ExecutionReport:
        try:
            return await self.ask(action)
        except LaboError as error:
            return unknown(f"it was there already (409), then: {error.message}")

    async def _send(
        self, kind: str, action: Action, message: str, more: Mapping[str, object] | None = None
    ) -> OutgoingAnswer:
        content = {**as_json(action), **(more or {}), "kind": kind}
        body = json.dumps(content, sort_keys=True).encode()
        headers = signed_headers(self._key, message, body)
        return await post(self._url, body, headers, self._policy)


def _read(answer: OutgoingAnswer) -> ExecutionReport:
    try:
        return read_report(answer.body)
    except Unreadable as error:
        return unknown(f"the receiver answers {answer.status}, but {error}")


def _settled(answer: OutgoingAnswer) -> ExecutionReport:
    """Of a question: UNKNOWN where it can't be read. Raises Unavailable for any other status."""
    if not 200 <= answer.status < 300:
        raise Unavailable(f"the receiver answers {answer.status}", where="webhook")
    return _read(answer)
