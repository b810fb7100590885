"""Actions on Deployments of a Kubernetes cluster, by the official client.

Untested on a real cluster: see docs/executors.md.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labo.adapters.executor import deployments
from labo.adapters.executor.deployments import Change, Json, Misfit
from labo.adapters.executor.reports import done, failed, running, unknown
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import Action, ExecutionReport, as_rollback
from labo.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from kubernetes.client import AppsV1Api

FIELD_MANAGER = "labo"
JSON_PATCH = "application/json-patch+json"
TEMPLATES = frozenset({"restart_service", "scale_out", "rollback_deploy"})
ATTEMPTS = 3
"""At a Deployment that changes meanwhile (its controller writes its status as it rolls out)."""
_CONFLICT, _NOT_FOUND = 409, 404

Plan = Callable[[Json], Change]


class _Refused(Exception):
    """The cluster did nothing, and says why."""


class _InDoubt(Exception):
    """A write was sent, and how it ended is not known."""


class KubernetesExecutor:
    """A component is the Deployment that `names` maps it to (`namespace/name`), else the one of
    its own name in `namespace`."""

    name = "kubernetes"

    def __init__(
        self, api: AppsV1Api, namespace: str, names: Mapping[str, str], *, timeout_s: float
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._names = dict(names)
        self._timeout_s = timeout_s

    def can_run(self, template_id: str) -> bool:
        """See `labo.ports.executor`."""
        return template_id in TEMPLATES

    async def check(self) -> str:
        """Whether Deployments can be read. Raises Unavailable."""
        try:
            found = await asyncio.to_thread(self._list)
        except (_Refused, _InDoubt) as error:
            raise Unavailable(str(error), where="kubernetes") from error
        return f"namespace {self._namespace} has {found} Deployments at least"

    async def dry_run(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. The API server checks the patch, and stores nothing."""
        try:
            change = await asyncio.to_thread(self._change, action, self._plan(action), True)
        except (_Refused, Misfit) as error:
            return failed(str(error))
        except _InDoubt as error:
            raise Unavailable(str(error), where="kubernetes") from error
        return done(f"would do: {change.detail}")

    async def execute(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. RUNNING until the roll-out is over."""
        return await self._act(action, lambda: self._plan(action))

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        """See `labo.ports.executor`."""
        undo = as_rollback(action)
        return await self._act(undo, lambda: self._undo_plan(undo, before))

    async def ask(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. An id that was not carried out is closed by asking."""
        try:
            return await asyncio.to_thread(self._ask, action)
        except _Refused as error:
            return unknown(str(error))
        except _InDoubt as error:
            raise Unavailable(str(error), where="kubernetes") from error

    async def _act(self, action: Action, plan: Callable[[], Plan]) -> ExecutionReport:
        try:
            return await asyncio.to_thread(self._once, action, plan())
        except (_Refused, Misfit) as error:
            return failed(str(error))
        except _InDoubt as error:
            return unknown(str(error))

    def _once(self, action: Action, plan: Plan) -> ExecutionReport:
        change = self._change(action, plan, False)
        if change.before.get(deployments.CLOSED):
            return failed("it was never begun, and will not be")
        return running(change.detail, change.before)

    def _ask(self, action: Action) -> ExecutionReport:
        change = self._change(action, lambda found: deployments.close(found, action.id), False)
        if change.before.get(deployments.CLOSED):
            return failed("it was never begun, and will not be")
        found = self._read(action)
        if deployments.is_rolled_out(found):
            return done("rolled out", change.before)
        if deployments.has_given_up(found):
            return done("changed, but its roll-out exceeded its deadline", change.before)
        return running("rolling out", change.before)

    def _change(self, action: Action, plan: Plan, is_dry: bool) -> Change:
        """Carried out by now, or before under the same id."""
        for _ in range(ATTEMPTS):
            found = self._read(action)
            before = deployments.record_of(found, action.id)
            if before is not None:
                return Change([], "it was carried out before", before)
            change = plan(found)
            if self._patch(action, change, is_dry):
                return change
        raise _Refused(f"the Deployment changed {ATTEMPTS} times meanwhile")

    def _plan(self, action: Action) -> Plan:
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        key, given = action.id, action.parameters
        match action.template:
            case "restart_service":
                return lambda found: deployments.restart(found, key, moment)
            case "scale_out":
                return lambda found: deployments.scale(found, key, int(given.get("instances", 1)))
            case "rollback_deploy":
                steps = int(given.get("steps", 1))
                return lambda found: deployments.roll_back(found, key, self._sets(found), steps)
        raise Misfit(f"the executor knows no {action.template}")

    def _undo_plan(self, action: Action, before: Mapping[str, Value]) -> Plan:
        key = action.id
        match action.template, before:
            case "scale_out", {"replicas": int(replicas)}:
                return lambda found: deployments.set_replicas(found, key, replicas)
            case "rollback_deploy", {"revision": int(wanted)}:
                return lambda found: deployments.to_revision(found, key, self._sets(found), wanted)
        raise Misfit(f"{action.template} can't be undone")

    def _where(self, action: Action) -> tuple[str, str]:
        """Namespace and name."""
        namespace, _, name = self._names.get(action.target, "").rpartition("/")
        return namespace or self._namespace, name or action.target

    def _list(self) -> int:
        answer = self._call(
            self._api.list_namespaced_deployment, namespace=self._namespace, limit=1
        )
        return len(answer["items"])

    def _read(self, action: Action) -> Json:
        namespace, name = self._where(action)
        return self._call(self._api.read_namespaced_deployment, name=name, namespace=namespace)

    def _sets(self, found: Json) -> list[Json]:
        labels = found["spec"]["selector"].get("matchLabels") or {}
        if not labels:
            raise Misfit("its selector has no labels")
        answer = self._call(
            self._api.list_namespaced_replica_set,
            namespace=found["metadata"]["namespace"],
            label_selector=",".join(f"{key}={value}" for key, value in sorted(labels.items())),
        )
        return list(answer["items"])

    def _patch(self, action: Action, change: Change, is_dry: bool) -> bool:
        """False where the Deployment has changed since it was read."""
        namespace, name = self._where(action)
        more = {"dry_run": "All"} if is_dry else {}
        try:
            self._call(
                self._api.patch_namespaced_deployment,
                name=name,
                namespace=namespace,
                body=change.patch,
                field_manager=FIELD_MANAGER,
                _content_type=JSON_PATCH,
                is_write=True,
                **more,
            )
        except _Stale:
            return False
        return True

    def _call(self, call: Callable[..., Any], *, is_write: bool = False, **given: Any) -> Json:
        """The answer as JSON, as it was sent. Raises _Refused and _InDoubt."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

        try:
            answer = call(**given, _preload_content=False, _request_timeout=self._timeout_s)
            body = json.loads(answer.data)
        except ApiException as error:
            raise _refusal(error.status, is_write) from error
        except HTTPError as error:
            cause = getattr(error, "reason", error)
            if isinstance(cause, NewConnectionError | ConnectTimeoutError) and is_write:
                raise _Refused("nothing was sent: the cluster can't be reached") from error
            raise _InDoubt(f"the cluster does not answer ({type(cause).__name__})") from error
        except ValueError as error:
            raise _InDoubt("the cluster's answer is not JSON") from error
        if not isinstance(body, dict):
            raise _InDoubt("the cluster's answer is not an object")
        return body


class _Stale(Exception):
    """The Deployment is another one by now."""


def _refusal(status: int | None, is_write: bool) -> Exception:
    if status == _CONFLICT and is_write:
        return _Stale()
    if status == _NOT_FOUND:
        return _Refused("there is no such Deployment")
    if status is not None and 400 <= status < 500:
        return _Refused(f"the cluster refuses it with {status}")
    return _InDoubt(f"the cluster answers {status}")


def open_cluster(kubeconfig: Path | None, context: str | None) -> AppsV1Api:
    """The API of a kubeconfig's cluster; without one, of the cluster that Labo itself runs in.

    Raises InvalidInput without the extra, a readable kubeconfig or a service account.
    """
    try:
        from kubernetes import client, config
    except ImportError as error:
        raise InvalidInput(
            "the Kubernetes client is missing",
            where="LABO_EXECUTORS__KUBERNETES",
            hint="pip install 'labo[kubernetes]'",
        ) from error
    settings = client.Configuration()
    try:
        if kubeconfig is not None:
            config.load_kube_config(  # type: ignore[no-untyped-call]
                str(kubeconfig), context, settings, persist_config=False
            )
        else:
            config.load_incluster_config(settings)  # type: ignore[no-untyped-call]
    except (config.ConfigException, OSError) as error:
        raise InvalidInput(
            "no cluster is configured",
            where="LABO_EXECUTORS__KUBERNETES__KUBECONFIG",
            hint="name a kubeconfig, or run inside the cluster with a service account",
        ) from error
    settings.retries = False
    return client.AppsV1Api(client.ApiClient(settings))
