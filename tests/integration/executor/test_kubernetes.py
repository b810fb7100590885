"""Deployments on an API server that checks requests by the published API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from labo.adapters.executor.kubernetes import KubernetesExecutor
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import Action, ExecutionStatus
from labo.errors import Unavailable
from tests.builders.answering import Answering, answering
from tests.builders.executor_worlds import an_action, kubernetes_executor
from tests.builders.kubernetes_api import KubernetesApi
from tests.builders.receiver import Reply

DONE, FAILED, RUNNING = ExecutionStatus.DONE, ExecutionStatus.FAILED, ExecutionStatus.RUNNING


@dataclass
class Cluster:
    api: KubernetesApi
    server: Answering
    executor: KubernetesExecutor

    @property
    def image(self) -> object:
        return self.api.deployment["spec"]["template"]["spec"]["containers"][0]["image"]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    api = KubernetesApi()
    with answering(api.respond) as server:
        yield Cluster(api, server, kubernetes_executor(server.url, timeout_s=10.0))


def an(template: str, **parameters: Value) -> Action:
    return replace(an_action(), template=template, parameters=parameters)


async def test_a_restart_changes_the_annotation_of_its_pods_alone(cluster: Cluster) -> None:
    """As `kubectl rollout restart`; RUNNING until the roll-out is over."""
    before = cluster.api.deployment["spec"]
    report = await cluster.executor.execute(an("restart_service", strategy="rolling"))
    after = cluster.api.deployment["spec"]
    rolling = await cluster.executor.ask(an("restart_service"))
    cluster.api.roll_out()
    over = await cluster.executor.ask(an("restart_service"))

    annotations = after["template"]["metadata"].pop("annotations")
    assert list(annotations) == ["kubectl.kubernetes.io/restartedAt"]
    assert after == before
    assert (report.status, rolling.status, over.status) == (RUNNING, RUNNING, DONE)


async def test_a_deploy_is_rolled_back_to_the_revision_before(cluster: Cluster) -> None:
    """By the template of its ReplicaSet without the hash; undone by the revision that it had."""
    action = an("rollback_deploy", steps=1)
    report = await cluster.executor.execute(action)
    labels = cluster.api.deployment["spec"]["template"]["metadata"]["labels"]
    rolled_back = cluster.image
    await cluster.executor.rollback(action, report.before)

    assert report.before == {"revision": 3}
    assert (rolled_back, labels) == ("cart:2", {"app": "cart"})
    assert cluster.image == "cart:3"


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (an("rollback_deploy", steps=3), "it has 2 earlier revisions"),
        (an("flush_cache"), "knows no flush_cache"),
        (replace(an("scale_out"), target="nobody"), "no such Deployment"),
    ],
)
async def test_what_does_not_fit_is_refused_with_the_reason(
    cluster: Cluster, action: Action, reason: str
) -> None:
    """Before anything is written; a dry run says the same."""
    reports = [await cluster.executor.dry_run(action), await cluster.executor.execute(action)]

    assert [report.status for report in reports] == [FAILED, FAILED]
    assert all(reason in report.detail for report in reports)
    assert cluster.api.patches == 0


async def test_a_restart_cannot_be_undone(cluster: Cluster) -> None:
    """Nothing is written."""
    report = await cluster.executor.rollback(an("restart_service"), {})

    assert (report.status, cluster.api.patches) == (FAILED, 0)


async def test_a_paused_deployment_is_not_restarted(cluster: Cluster) -> None:
    """The annotation would change, and no pod."""
    cluster.api.deployment["spec"]["paused"] = True
    report = await cluster.executor.execute(an("restart_service"))

    assert (report.status, report.detail) == (FAILED, "its roll-outs are paused")


@pytest.mark.parametrize(("changes", "status"), [(2, RUNNING), (3, FAILED)])
async def test_a_deployment_that_changes_meanwhile_is_read_again(
    cluster: Cluster, changes: int, status: ExecutionStatus
) -> None:
    """A patch is for one resource version, three times at most."""
    cluster.api.changes_before_patch = changes
    report = await cluster.executor.execute(an("scale_out", instances=1))

    assert report.status is status


async def test_a_component_is_the_deployment_that_it_is_mapped_to(cluster: Cluster) -> None:
    """Else the one of its own name."""
    action = replace(an("scale_out", instances=1), target="till")

    assert (await cluster.executor.execute(action)).status is RUNNING
    assert cluster.api.deployment["spec"]["replicas"] == 3


async def test_a_dry_run_is_checked_by_the_server(cluster: Cluster) -> None:
    """With `dryRun=All`; nothing is stored."""
    report = await cluster.executor.dry_run(an("scale_out", instances=4))

    assert (report.status, report.detail) == (DONE, "would do: replicas 2 to 6")
    assert "dryRun=All" in cluster.server.requests[-1].path
    assert (cluster.api.patches, cluster.api.deployment["spec"]["replicas"]) == (0, 2)


async def test_a_roll_out_past_its_deadline_was_carried_out(cluster: Cluster) -> None:
    """DONE, and says so: whether it helped is for the verification."""
    await cluster.executor.execute(an("restart_service"))
    cluster.api.deployment["status"]["conditions"] = [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    ]
    report = await cluster.executor.ask(an("restart_service"))

    assert (report.status, "exceeded its deadline" in report.detail) == (DONE, True)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(401, FAILED), (403, FAILED), (422, FAILED), (500, ExecutionStatus.UNKNOWN)],
)
async def test_a_write_that_is_refused_failed_and_one_in_doubt_is_unknown(
    cluster: Cluster, status: int, outcome: ExecutionStatus
) -> None:
    """The code alone is kept."""
    respond = cluster.api.respond
    cluster.server.respond = lambda request: (
        Reply(status, b'{"message": "token abc"}')
        if request.method == "PATCH"
        else respond(request)
    )
    report = await cluster.executor.execute(an("scale_out"))

    assert report.status is outcome
    assert str(status) in report.detail
    assert "token" not in report.detail


async def test_a_cluster_that_answers_prose_is_in_doubt(cluster: Cluster) -> None:
    """As a proxy's log-in page: asking is to be tried later."""
    cluster.server.respond = lambda _: Reply(body=b"<html>log in</html>")

    with pytest.raises(Unavailable):
        await cluster.executor.ask(an("scale_out"))
