"""Kubernetes' names: the workload that a pod belongs to.

A pod is replaced every day, its workload stays, so alerts belong to the workload. Kubernetes makes
up the ends of names from a known alphabet, without vowels so that no words appear
(k8s.io/apimachinery/pkg/util/rand: `bcdfghjklmnpqrstvwxz2456789`):

- a pod's own end, five characters of the alphabet (Deployment, DaemonSet, Job);
- before it a ReplicaSet's hash: the decimal digits of 32 bits through the same alphabet, so that
  only ten of its characters appear (`SafeEncodeString`);
- a StatefulSet's ordinal; a CronJob's scheduled minute, in digits.
"""

from __future__ import annotations

_ALPHABET = frozenset("bcdfghjklmnpqrstvwxz2456789")
_HASH_ALPHABET = frozenset("456789bcdf")
_POD_END = 5
_LONGEST_HASH = 10
"""Decimal digits of 2^32."""
_SURE_HASH = 8
"""97 of 100 hashes have as many characters; a shorter one counts with a digit in it only, because
`cdb` may be a word of the name."""
_SHORTEST_HASH = 4
_MINUTES = range(8, 11)
"""Digits of minutes since 1970 as CronJobs write them; of seconds, as they did before 1.21."""
_LONGEST_ORDINAL = 4


def workload_of_pod(pod: str, container: str = "", node: str = "") -> str:
    """The workload of a pod by its name; the name itself where nothing in it is made up.

    A `container` that the pod's name begins with is the workload where the name's end is none that
    Kubernetes makes; a static pod's name ends with its `node`.

    >>> workload_of_pod("cart-849ffcf9c7-wbmvz"), workload_of_pod("kafka-2")
    ('cart', 'kafka')
    >>> workload_of_pod("fluent-bit-x7k2p"), workload_of_pod("backup-29400120-mqz5d")
    ('fluent-bit', 'backup')
    >>> workload_of_pod("pay-by-link"), workload_of_pod("pay-6c9d-zz1", "pay")
    ('pay-by-link', 'pay')
    """
    if node and pod.endswith(f"-{node}"):
        return pod[: -len(node) - 1]
    stem, dash, end = pod.rpartition("-")
    if dash and _is_pod_end(end):
        return workload_of_replicas(job_without_time(stem))
    if container and pod.startswith(f"{container}-"):
        return container
    if dash and len(end) <= _LONGEST_ORDINAL and _is_number(end):
        return stem
    return pod


def workload_of_replicas(name: str) -> str:
    """A ReplicaSet's Deployment; the name itself where it ends with no hash.

    >>> workload_of_replicas("cart-849ffcf9c7"), workload_of_replicas("cart-db")
    ('cart', 'cart-db')
    """
    stem, dash, end = name.rpartition("-")
    return stem if dash and _is_hash(end) else name


def job_without_time(name: str) -> str:
    """A Job's CronJob; the name itself where it ends with no scheduled time.

    >>> job_without_time("backup-29400120"), job_without_time("backup-2026")
    ('backup', 'backup-2026')
    """
    stem, dash, end = name.rpartition("-")
    return stem if dash and len(end) in _MINUTES and end.isascii() and end.isdigit() else name


def _is_pod_end(end: str) -> bool:
    return len(end) == _POD_END and _ALPHABET.issuperset(end)


def _is_hash(end: str) -> bool:
    if not _SHORTEST_HASH <= len(end) <= _LONGEST_HASH or not _HASH_ALPHABET.issuperset(end):
        return False
    return len(end) >= _SURE_HASH or (not end.isalpha() and not end.isdigit())


def _is_number(end: str) -> bool:
    return end.isascii() and end.isdigit() and (end == "0" or end[0] != "0")
