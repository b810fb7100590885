"""Exporters: programs that report about something else, so that no alert belongs to them.

Prometheus labels each series with its scrape (`job`, `service`, `instance`, the exporter's pod),
beside the labels that say what is measured.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from itertools import pairwise

from labo.expressions import expression


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


_CLUSTER = ("kube state metrics", "kubestatemetrics", "kube eagle", "opencost")
_NODES = ("kubelet", "cadvisor", "kubernetes nodes", "kubernetes nodes cadvisor")
_HOST = ("node", "nodes", "windows", "wmi", "blackbox", "snmp", "kubernetes pods")
_HOST_TOO = (
    "kubernetes service endpoints",
    "kubernetes services",
    "probe",
    "probes",
    "ping",
    "icmp",
)
_ELSEWHERE = ("pushgateway", "push gateway", "federate", "cloudwatch", "yace", "stackdriver")

_WHOLE: dict[str, Reports] = {
    **dict.fromkeys(_HOST + _HOST_TOO, Reports.HOST),
    **dict.fromkeys(_NODES, Reports.NODES),
    **dict.fromkeys(_CLUSTER, Reports.CLUSTER),
    **dict.fromkeys(_ELSEWHERE, Reports.ELSEWHERE),
}
"""By the whole name. `kubernetes-pods` and its like are scrape jobs of the Prometheus chart."""

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

_WORDS = expression(r"[^a-z0-9]+")


@lru_cache(maxsize=512)  # names of at most 1,000 characters, hence 2 MB at worst
def reports(name: str) -> Reports | None:
    """What the exporter of that name reports about; None when `name` is no known exporter.

    A business service that is called an exporter, such as `invoice-exporter`, is none.

    >>> reports("kube-prometheus-stack-prometheus-node-exporter"), reports("invoice-exporter")
    (<Reports.HOST: 'host'>, None)
    """
    plain = _WORDS.sub(" ", name.lower()).strip()
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


def _of(subject: str) -> Reports | None:
    if subject in _OF_HOSTS:
        return Reports.HOST
    return Reports.ELSEWHERE if subject in _OF_OTHERS else None
