"""Kinds of incidents in words: titles as monitors write them, and paraphrases of each.

All were written by hand before anything was measured with them. `{c}` is a component's name.
A paraphrase shares as few words with its title as another team's monitor would.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """One kind of incident: the problem's title, its titles, and paraphrases of these."""

    problem: str
    role: str
    titles: tuple[str, ...]
    paraphrases: tuple[str, ...]


KINDS: tuple[IncidentKind, ...] = (
    IncidentKind(
        "memory leak",
        "service",
        ("MemoryUsageHigh on {c}", "{c} memory keeps growing", "OOM kill of {c}"),
        ("{c} was killed, its heap exceeded the limit", "RSS of {c} climbs without bound",
         "container {c} restarted: exit code 137"),
    ),
    IncidentKind(
        "connection pool exhausted",
        "database",
        ("ConnectionPoolExhausted on {c}", "{c}: too many connections", "no free slot of {c}"),
        ("clients wait for a session of {c}", "{c} refuses new sessions, all slots are taken",
         "acquiring a handle of {c} timed out"),
    ),
    IncidentKind(
        "disk full",
        "database",
        ("DiskFull on {c}", "{c} has no space left on device", "volume of {c} above 95 %"),
        ("writes to {c} fail, storage is used up", "filesystem of {c} ran out of room",
         "{c} cannot extend its files"),
    ),
    IncidentKind(
        "slow query",
        "database",
        ("SlowQueries on {c}", "{c} query time above 2 s", "p95 of statements on {c} is high"),
        ("{c} takes long to answer selects", "full table scans at {c}",
         "statement duration of {c} has risen"),
    ),
    IncidentKind(
        "CPU saturation",
        "service",
        ("HighCPU on {c}", "{c} CPU above 90 %", "CPU throttling of {c}"),
        ("{c} is starved of processor time", "cores of {c} are busy all the time",
         "run queue of {c} is long"),
    ),
    IncidentKind(
        "bad deployment",
        "service",
        ("ErrorRateHigh on {c} after deploy", "{c} 5xx ratio above 5 %", "{c} new version fails"),
        ("{c} answers internal server error since its release", "rollout of {c} broke requests",
         "exceptions of {c} surged with the latest build"),
    ),
    IncidentKind(
        "cache eviction storm",
        "cache",
        ("CacheHitRatioLow on {c}", "{c} evictions above 1000/s", "hit rate of {c} dropped"),
        ("most lookups miss {c}", "{c} throws keys out as fast as they come",
         "{c} hardly ever has what is asked for"),
    ),
    IncidentKind(
        "consumer lag",
        "queue",
        ("ConsumerLag on {c}", "{c} backlog above 10000", "messages pile up in {c}"),
        ("readers fall behind on {c}", "{c} is drained too slowly",
         "oldest entry of {c} waits for minutes"),
    ),
    IncidentKind(
        "expired certificate",
        "gateway",
        ("TLSCertificateExpired on {c}", "{c} handshake fails", "certificate of {c} not valid"),
        ("secure connections to {c} are rejected", "x509 error at {c}: date has passed",
         "browsers warn of {c}"),
    ),
    IncidentKind(
        "lock contention",
        "database",
        ("LockWaitsHigh on {c}", "{c} deadlocks detected", "transactions of {c} wait for locks"),
        ("sessions of {c} block each other", "rows of {c} are held too long",
         "{c} aborts concurrent updates"),
    ),
    IncidentKind(
        "packet loss",
        "gateway",
        ("PacketLoss at {c}", "{c} retransmits above 3 %", "network errors of {c}"),
        ("segments on the way to {c} are dropped", "links of {c} are flaky",
         "pings of {c} go unanswered"),
    ),
    IncidentKind(
        "thread pool exhausted",
        "service",
        ("ThreadPoolExhausted on {c}", "{c} rejects tasks", "{c} has no idle worker"),
        ("all executors of {c} are occupied", "requests queue up before {c}",
         "{c} accepts no further work"),
    ),
    IncidentKind(
        "garbage collection pauses",
        "service",
        ("GCPauseLong on {c}", "{c} stop-the-world above 1 s", "{c} spends its time in GC"),
        ("{c} freezes while memory is reclaimed", "collector of {c} halts the process",
         "{c} stalls every few seconds"),
    ),
    IncidentKind(
        "replication lag",
        "database",
        ("ReplicationLag on {c}", "{c} replica behind by 60 s", "standby of {c} is late"),
        ("follower of {c} serves stale rows", "{c} secondary does not keep up",
         "changes reach the copy of {c} with delay"),
    ),
    IncidentKind(
        "DNS failure",
        "service",
        ("DNSErrors at {c}", "{c} name resolution fails", "NXDOMAIN seen by {c}"),
        ("{c} finds no address for its peers", "resolver answers {c} with servfail",
         "lookups of hosts by {c} go wrong"),
    ),
    IncidentKind(
        "rate limited by a provider",
        "service",
        ("TooManyRequests from provider at {c}", "{c} gets 429", "quota of {c} exceeded"),
        ("an outside API throttles {c}", "{c} is told to back off by a third party",
         "allowance of {c} is spent"),
    ),
    IncidentKind(
        "file descriptors exhausted",
        "service",
        ("TooManyOpenFiles on {c}", "{c} fd usage above 95 %", "{c} EMFILE"),
        ("{c} can open no more sockets", "ulimit of {c} was reached",
         "handles of {c} are never closed"),
    ),
    IncidentKind(
        "wrong configuration",
        "service",
        ("ConfigInvalid on {c}", "{c} fails to start: bad setting", "{c} crash loop"),
        ("{c} comes up and dies again and again", "an option of {c} has an illegal value",
         "{c} is not ready since its settings changed"),
    ),
    IncidentKind(
        "hot partition",
        "queue",
        ("PartitionSkew on {c}", "{c} one shard takes most writes", "{c} hot key"),
        ("load on {c} is uneven", "a single slice of {c} is overwhelmed",
         "traffic of {c} concentrates on one node"),
    ),
    IncidentKind(
        "batch job overload",
        "database",
        ("NightlyJobOverload on {c}", "{c} io wait above 50 %", "{c} saturated by export"),
        ("a report run hogs {c}", "{c} is sluggish while bulk work goes on",
         "scheduled copying slows {c} down"),
    ),
)  # fmt: skip

COMPONENTS = (
    "checkout", "cart", "orders", "payments", "catalog", "search", "accounts", "shipping",
    "invoices", "rewards", "media", "notifications",
)  # fmt: skip
