"""Exporters: programs that report about something else, so that no alert belongs to them.

Prometheus labels each series with its scrape (`job`, `service`, `instance`, the exporter's pod),
beside the labels that say what is measured.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from itertools import pairwise


class Reports(Enum):
    """What an exporter reports about, which says which of its scrape's labels help."""

    CLUSTER = "cluster"
    """Workloads of a cluster by `pod`, `deployment` …; its own address tells nothing."""
    NODES = "nodes"
    """Containers of the node that `instance` names."""
    HOST = "host"
    """The host, or the program on it, that `instance` names."""
    ELSEWHERE = "elsewhere"
    """Something that only labels of its own name; `instance` is the exporter."""


_WHOLE: dict[str, Reports] = {
    **dict.fromkeys(("kubestatemetrics", "kube eagle", "opencost"), Reports.CLUSTER),
    **dict.fromkeys(("push gateway", "yace", "stackdriver"), Reports.ELSEWHERE),
    **dict.fromkeys(("telegraf", "netdata"), Reports.HOST),
}
"""By the whole name, of a service or a job."""

_HOST_JOBS = (
    "node", "nodes", "windows", "wmi", "snmp", "probe", "probes", "ping", "icmp", "kubernetes pods",
    "kubernetes services", "kubernetes service endpoints", "integrations unix",
    "integrations linux host", "integrations windows",
)  # fmt: skip
_JOBS: dict[str, Reports] = {
    **dict.fromkeys(_HOST_JOBS, Reports.HOST),
    **dict.fromkeys(("kubernetes nodes", "kubernetes nodes cadvisor"), Reports.NODES),
    **dict.fromkeys(("federate", "cloudwatch"), Reports.ELSEWHERE),
}
"""Names of scrapes in Prometheus' documentation, its chart and Grafana's agent. A service may well
have one of these names."""

_PROBES = frozenset({"blackbox", "snmp", "ipmi"})
"""Jobs of these are called by what they probe with: `blackbox-http`, `snmp_switches`."""

_AT_THE_END = {
    "kube state metrics": Reports.CLUSTER,
    "kubelet": Reports.NODES,
    "cadvisor": Reports.NODES,
    "pushgateway": Reports.ELSEWHERE,
    "blackbox": Reports.HOST,
}
"""Charts put a release's name in front: `kube-prometheus-stack-kube-state-metrics`."""

_OF_HOSTS = frozenset((
    "apache", "bind", "blackbox", "cassandra", "clickhouse", "collectd", "consul", "couchdb",
    "dcgm", "dns", "domain", "gpu", "haproxy", "ipmi", "jmx", "jvm", "libvirt", "memcached",
    "mongodb", "mssql", "mysql", "mysqld", "nginx", "node", "nvidia", "nvme", "openldap",
    "oracle", "oracledb", "pgbouncer", "phpfpm", "fpm", "ping", "podman", "postgres",
    "postgresql", "postfix", "process", "proxysql", "redis", "script", "smartctl", "smartmon",
    "smokeping", "snmp", "squid", "ssl", "systemd", "tomcat", "unbound", "uwsgi", "valkey",
    "varnish", "windows", "wmi", "x509", "certificate", "zfs", "zookeeper",
))  # fmt: skip
"""Prometheus' list of exporters (instrumenting/exporters): one per host, or given its targets."""
_OF_OTHERS = frozenset((
    "aws", "azure", "celery", "cloudflare", "cloudwatch", "elasticsearch", "github", "gitlab",
    "graphite", "influxdb", "jenkins", "kafka", "rabbitmq", "rds", "rq", "s3", "sql", "sqs",
    "stackdriver", "statsd", "event", "events",
))  # fmt: skip
"""From the same list: one for many, which only their own labels tell apart."""

_MARKS = str.maketrans(dict.fromkeys("-_./:|@#", " "))
_LONGEST = 120
"""Characters of a name that is looked at: a release's name, a chart's and an exporter's."""


@lru_cache(maxsize=512)  # names of at most 1,000 characters, hence 2 MB at worst
def reports(name: str) -> Reports | None:
    """What the exporter of that name reports about; None when `name` is no known exporter.

    A business service that is called an exporter, such as `invoice-exporter`, is none.

    >>> reports("kube-prometheus-stack-prometheus-node-exporter"), reports("invoice-exporter")
    (<Reports.HOST: 'host'>, None)
    """
    plain = _words(name)
    if known := _WHOLE.get(plain):
        return known
    for end, kind in _AT_THE_END.items():
        if plain.endswith(end):
            return kind
    words = plain.split()
    for before, word in pairwise(words):
        if word in ("exporter", "exporters"):
            return _of(before)
    for word in words:
        if word.endswith("exporter"):
            return _of(word.removesuffix("exporter"))
    return None


@lru_cache(maxsize=512)
def job_reports(job: str) -> Reports | None:
    """What the scrape of that name reports about, as `reports`."""
    words = _words(job)
    if kind := _JOBS.get(words) or reports(job):
        return kind
    return Reports.HOST if _PROBES.intersection(words.split()) else None


def _words(name: str) -> str:
    return " ".join(name[:_LONGEST].lower().translate(_MARKS).split())


def _of(subject: str) -> Reports | None:
    if subject in _OF_HOSTS:
        return Reports.HOST
    return Reports.ELSEWHERE if subject in _OF_OTHERS else None
