"""The words by which metric names tell a behaviour: those of OpenTelemetry, exporters and clouds.

Each set holds whole lower-case words as `metric_words` splits a name.
"""

from __future__ import annotations

from enum import StrEnum

LOG_PREFIXES = ("log.errors.", "log.template.", "log.about.")
"""Pseudo metrics of log lines (`labo.domain.telemetry.log_rates`)."""


class Resource(StrEnum):
    """What of a component can be used up; `CAPACITY` where the name does not say what."""

    CONNECTIONS = "connections"
    QUEUE = "queue"
    THREADS = "threads"
    LOCKS = "locks"
    FILES = "files"
    DISK = "disk"
    NETWORK = "network"
    MEMORY = "memory"
    CPU = "cpu"
    CAPACITY = "capacity"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESOURCES: tuple[tuple[Resource, frozenset[str]], ...] = (
    (Resource.THREADS, _words("eventloop")),
    (
        Resource.MEMORY,
        _words("memory mem heap nonheap rss swap oom gc ram metaspace memstats buffer buffers"),
    ),
    (Resource.CONNECTIONS, _words("connection connections conn conns connected hikaricp cx")),
    (Resource.LOCKS, _words("lock locks mutex deadlock deadlocks contention semaphore")),
    (Resource.FILES, _words("fd fds descriptor descriptors handles")),
    (Resource.DISK, _words("disk disks filesystem fs inode inodes iops volume storage blkio ebs")),
    (
        Resource.QUEUE,
        _words("queue queues queued backlog lag unacked unacknowledged pending backpressure"),
    ),
    (
        Resource.THREADS,
        _words("thread threads threadpool goroutine goroutines worker workers executor"),
    ),
    (Resource.CPU, _words("cpu cpus core cores processor cfs")),
    (
        Resource.NETWORK,
        _words("network net netstat bandwidth nic interface packet packets tcp udp"),
    ),
    (Resource.CONNECTIONS, _words("pool pools")),
)
"""The first that a word names is meant: `jvm.memory.pool.used` is memory, `disk.queue.depth` a
disk, and a pool of nothing else one of connections."""

PASSED = frozenset({Resource.CONNECTIONS, Resource.QUEUE, Resource.THREADS, Resource.DISK})
"""Resources through which something passes that is counted: messages published to a queue."""

LOAD_OF = _words("average avg 1 5 15 1m 5m 15m system node")

STATISTICS = _words(
    "mean avg average median min minimum max maximum sum count total rate bucket stddev quantile"
    " percentile 50 75 90 95 99 999 samplecount"
)
"""Endings that say how values were put together; `lat_50` is a median."""
UNITS = _words(
    "seconds second sec secs s milliseconds millis ms microseconds us nanoseconds ns minutes"
    " bytes byte kb mb gb kib mib gib percent pct ratio"
)
COUNTS = _words("count bucket rate samplecount")
"""Endings by which a duration says how often, not how long."""
RATES = _words("rate total")
"""A counter grows with what happens, whatever it counts."""

TIMES = _words(
    "latency latencies lat duration durations time times delay delays wait waiting waited elapsed"
    " rtt ttfb pause roundtrip responsetime"
)
TIME_UNITS = _words("seconds milliseconds millis microseconds nanoseconds ms us ns")
SECONDS = ("_s", ".s", "(s)", "[s]")
"""Endings that are a unit; `requests/s` is another one."""
MOMENTS = _words(
    "start started timestamp uptime created age last boot expiry expires expiration ttl interval"
    " next modified offset skew clock"
)
"""Words of points in time and of what grows by itself: `process_start_time_seconds`."""

FAILURES = _words(
    "error errors err errs fail fails failed failure failures faults fault exception exceptions"
    " 5xx 4xx 400 401 403 404 429 500 502 503 504 servfail panic panics aborted aborts rejected"
    " rejections refused unauthorized forbidden retry retries retried resend resends rollback"
    " rollbacks invalid dlq fatal unexpected"
)
LOST = _words(
    "timeout timeouts drop drops dropped loss lost retransmit retransmits retransmission"
    " retransmissions"
)
SUCCESSES = _words("success successes succeeded successful")
DOWN = _words(
    "unavailable unhealthy unreachable unready down downtime restart restarts restarted crash"
    " crashes crashed crashloop outage"
)
UP = _words("availability available healthy health ready reachable alive uptime")
WRONG = _words(
    "corrupt corrupted corruption checksum mismatch mismatches inconsistent inconsistency"
    " inconsistencies stale staleness outdated"
)
HITS = _words("hit hits miss misses hitrate hitratio")
OF_A_CACHE = _words("cache ratio rate keyspace miss misses hitrate hitratio")
"""Without one of them, hits are visits."""
LEFT = _words("free available avail idle remaining headroom unused spare left")
FULL = _words(
    "utilization utilisation util saturation saturated throttle throttled throttles throttling"
    " full pressure"
)
LIMITS = _words("limit limits quota requested")
"""What may be used at most is set, not taken."""

REQUESTS = _words("request requests req reqs rq query queries call calls operation operations")
SIZES = _words("bytes byte size sizes body payload rows")
FLOWS = _words(
    "published publish delivered enqueued dequeued acked acknowledged received receive sent send"
    " transmit transmitted consumed processed incoming outgoing read reads write writes written"
)
TRAFFIC = (
    REQUESTS
    | SIZES
    | _words(
        "throughput rps qps tps ops op invocations invocation transactions transaction messages"
        " message msgs records events packets sessions session users inflight traffic hits visits"
        " io connects"
    )
)
