"""Where an alert belongs: the first label of a documented order that names a component.

1. what a mapping says (`labo.component`);
2. the callee that a mesh names; a service or application; 3. a workload; 4. a pod, as its workload;
5. a container; 6. a probe's target; 7. a resource of a cloud; 8. a volume; 9. a node; 10. a job;
11. a host; 12. an instance; 13. an event that names none of them has a component of its own.

`exported_…` goes before the scrape's own labels, and what names a known exporter is passed over.
A label's name counts without case and marks: `service_name`, `serviceName` and `service.name` are
one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labo.domain.entities.workloads import job_without_time, workload_of_pod, workload_of_replicas
from labo.domain.incidents.events import Event
from labo.domain.incidents.linking.exporters import Reports, job_reports, reports
from labo.domain.incidents.linking.own_identity import names_something, own_identity, plain
from labo.domain.incidents.linking.resource_names import (
    CLOUD,
    host_of,
    is_host_exporter,
    last_part,
    service_of,
)

MAPPED = "labo.component"
"""The attribute in which a source puts the component that a mapping, or its format, names."""

_CALLEES = (
    "destinationworkload", "destinationcanonicalservice", "destinationservicename",
    "destinationservice",
)  # fmt: skip
"""Istio's: the sidecar that measured may be the caller's, whose pod the scrape names."""
_SERVICES = (
    "servicename", "service", "component", "componentname", "app", "appname", "application",
    "applicationname", "appkubernetesioname", "labelappkubernetesioname", "labelapp", "k8sapp",
    "kubeservice", "slothservice",
)  # fmt: skip
_WORKLOADS = (
    "workload", "workloadname", "k8sdeploymentname", "deployment", "deploymentname",
    "deploymentconfig", "rollout", "k8sstatefulsetname", "statefulset", "statefulsetname",
    "k8sdaemonsetname", "daemonset", "daemonsetname", "horizontalpodautoscaler", "hpa",
    "kubedeployment", "kubestatefulset", "kubedaemonset",
    "awsecsservicename", "ecsservice", "ecsservicename", "awsecstaskfamily", "taskdefinitionfamily",
    "nomadjob", "nomadjobname", "taskgroup", "faasname",
    "containerlabelcomdockerswarmservicename", "containerlabelcomdockercomposeservice",
)  # fmt: skip
_JOBS = ("k8scronjobname", "cronjob", "kubecronjob", "k8sjobname", "jobname", "kubejob")
_REPLICAS = (
    "k8sreplicasetname", "replicaset", "replicasetname", "kubereplicaset", "ownername",
    "createdbyname",
)  # fmt: skip
_PODS = (
    "pod", "podname", "k8spodname", "kubernetespodname", "kubernetespod",
    "containerlabeliokubernetespodname",
)  # fmt: skip
_CONTAINERS = (
    "container", "containername", "k8scontainername", "containerlabeliokubernetescontainername",
)  # fmt: skip
_TARGETS = ("target", "probetarget", "url", "monitorurl", "checkurl", "addr")
_VOLUMES = (
    "persistentvolumeclaim", "k8spersistentvolumeclaimname", "persistentvolume",
    "k8spersistentvolumename",
)  # fmt: skip
_NODES = ("node", "nodename", "k8snodename", "kubernetesnode", "kubernetesiohostname")
_HOSTS = (
    "hostname", "host", "fqdn", "server", "machine", "vmname", "vm", "computer", "ip", "ipaddress",
    "hostip", "entity",
)  # fmt: skip
_INSTANCES = ("instance", "instancename")

_SCRAPE = frozenset({*_PODS, *_CONTAINERS, "service", "job", "namespace", "endpoint", "instance"})
"""Labels that Prometheus takes from what it scrapes."""
_SERVICE_LABELS = (
    "component", "app", "appkubernetesioname", "appkubernetesiocomponent", "kubernetesname",
)  # fmt: skip
"""Labels of a Kubernetes service that a scrape by annotations adds to all that it finds there."""
_EXPORTED = "exported"
_LONG_NUMBER = 6
_SIDECAR = "kube-rbac-proxy"
"""What OpenShift and kube-prometheus put before an exporter, as the container that is scraped."""
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared only
"""From an exporter's own point of view; from ours it is any host."""

_Labels = Mapping[str, str]
_Fold = Callable[[str, _Labels], str]


@dataclass(frozen=True, slots=True)
class NamedComponent:
    """A component's name and the rule that found it, as in `workload, deployment`."""

    name: str
    rule: str


def component_name(event: Event) -> str:
    """The name of the component that `event` is about."""
    return _found(event)[0]


def named_component(event: Event) -> NamedComponent:
    """The component that `event` is about, and why."""
    name, rule, label = _found(event)
    written = {plain(own): own for own in (*event.resource, *event.labels)}
    exported = written.get(f"{_EXPORTED}{label}")
    return NamedComponent(
        name, f"{rule}, {exported or written.get(label, label)}" if label else rule
    )


def _found(event: Event) -> tuple[str, str, str]:
    """Name, rule and the label's plain name, which is empty where no label names a component."""
    if mapped := event.resource.get(MAPPED):
        return mapped, "what the source's mapping or format says", ""
    labels = _labels(event)
    scraped_by = _exporter(labels)
    if any(reports(labels.get(name, "")) for name in _SERVICE_LABELS):
        # `app: prometheus, component: node-exporter` both describe the exporter.
        labels = {name: value for name, value in labels.items() if name not in _SERVICE_LABELS}
    if is_host_exporter(labels.get("instance", "")):
        # However the job is called, `linux` or `prod`: it is that of many hosts.
        scraped_by = scraped_by or Reports.HOST
        labels.pop("job", None)
    if scraped_by is Reports.NODES and "name" in labels:
        # Docker's containers, as cAdvisor calls them outside Kubernetes.
        labels.setdefault("container", labels["name"])
    for rule, names, fold in _ORDER:
        for name in names:
            value = labels.get(name, "")
            if value and not _is_passed_over(rule, value, scraped_by):
                return fold(value, labels) or value, rule, name
    # Only of a cluster's exporter the namespace is that of what is measured.
    is_scrapes = scraped_by not in (None, Reports.CLUSTER)
    own = own_identity(event, without=frozenset({"namespace"} if is_scrapes else ()))
    exporter = labels.get("job") or labels.get("service") or labels.get("servicename")
    if scraped_by and exporter and not own.is_distinct:
        return exporter, "the exporter itself, as nothing else is named", ""
    return own.name, "an identity of its own, as no label names a component", ""


def _labels(event: Event) -> dict[str, str]:
    """The labels by their plain names; `exported_…` instead of the scrape's own."""
    own = {plain(name): value for name, value in event.labels.items() if names_something(value)}
    attributes = {plain(name): v for name, v in event.resource.items() if names_something(v)}
    exported = {
        name.removeprefix(_EXPORTED): value
        for name, value in own.items()
        if name.startswith(_EXPORTED) and name != _EXPORTED
    }
    if exported:
        scrape = {own[name] for name in _SCRAPE & own.keys()}
        own = {name: value for name, value in own.items() if name not in _SCRAPE}
        attributes = {name: value for name, value in attributes.items() if value not in scrape}
    labels = own | attributes | exported
    if "://" in labels.get("instance", ""):
        # Only a probe's instance is a URL: the job is what probes it.
        labels.setdefault("target", labels["instance"])
    return labels


def _exporter(labels: _Labels) -> Reports | None:
    """What the exporter reports about that a scrape's labels name, if any does."""
    for name in _SERVICE_LABELS:
        if kind := reports(labels.get(name, "")):
            return kind
    if kind := job_reports(labels.get("job", "")):
        return kind
    return reports(labels.get("service", "")) or reports(labels.get("servicename", ""))


def _is_passed_over(rule: str, value: str, scraped_by: Reports | None) -> bool:
    """Whether a label's value is the exporter that measured, not what was measured."""
    if rule == "service":
        return reports(value) is not None
    if rule == "job":
        return job_reports(value) is not None
    if rule == "cloud resource":
        # A number in a series of brokers or volumes; Google's instances have far longer ones.
        return value.isdigit() and len(value) < _LONG_NUMBER
    if rule in ("host", "target") and host_of(value) in _LOCAL:
        return True
    if rule == "instance":
        if scraped_by in (Reports.CLUSTER, Reports.ELSEWHERE):
            return True
        return reports(host_of(value)) is not None
    if rule == "container" and value.startswith(_SIDECAR):
        return True
    if rule in ("pod", "container", "workload"):
        kind = reports(workload_of_pod(value))
        # A cluster's exporter also reports about the pods of the others.
        return kind is not None and (scraped_by in (Reports.HOST, Reports.ELSEWHERE, kind))
    return False


def _as_it_is(value: str, labels: _Labels) -> str:
    del labels
    return value


def _pod(value: str, labels: _Labels) -> str:
    container = next((labels[name] for name in _CONTAINERS if name in labels), "")
    node = next((labels[name] for name in _NODES if name in labels), "")
    return workload_of_pod(value, container, node)


_ORDER: tuple[tuple[str, tuple[str, ...], _Fold], ...] = (
    ("callee", _CALLEES, lambda value, _: service_of(value)),
    ("service", _SERVICES, _as_it_is),
    ("workload", _WORKLOADS, _as_it_is),
    ("workload", _JOBS, lambda value, _: job_without_time(value)),
    ("workload", _REPLICAS, lambda value, _: workload_of_replicas(job_without_time(value))),
    ("pod", _PODS, _pod),
    ("container", _CONTAINERS, _as_it_is),
    ("target", _TARGETS, lambda value, _: host_of(value)),
    ("cloud resource", CLOUD, lambda value, _: last_part(value)),
    ("volume", _VOLUMES, _as_it_is),
    ("node", _NODES, lambda value, _: host_of(value)),
    ("job", ("job",), lambda value, _: job_without_time(value)),
    ("host", _HOSTS, lambda value, _: host_of(value)),
    ("instance", _INSTANCES, lambda value, _: host_of(value)),
)
