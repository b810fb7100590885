"""Names of hosts and of clouds' resources, out of addresses, ARNs and paths."""

from __future__ import annotations

CLOUD = (
    # CloudWatch dimensions (AWS/ECS's ServiceName counts as a service); exporters write them in
    # snake case, which reads the same
    "dbinstanceidentifier", "dbclusteridentifier", "cacheclusterid", "replicationgroupid",
    "clusteridentifier", "functionname", "apiname", "apiid", "loadbalancer", "loadbalancername",
    "targetgroup", "queuename", "topicname", "tablename", "streamname", "deliverystreamname",
    "statemachinearn", "bucketname", "domainname", "filesystemid", "brokername", "broker",
    "autoscalinggroupname", "instanceid", "volumeid", "natgatewayid", "vpnid", "distributionid",
    "canaryname", "healthcheckid", "webacl", "jobqueue", "jobdefinition", "endpointname",
    # Google Cloud's monitored resources and Azure's
    "databaseid", "topicid", "subscriptionid", "configurationname", "backendservicename",
    "forwardingrulename", "urlmapname", "resourcename", "resourceid",
)  # fmt: skip
"""Labels that name a managed resource, in order; without case and marks."""


def host_of(address: str) -> str:
    """The host of a URL or of `host:port`; the address itself where it is neither.

    >>> host_of("https://me@shop.example:8443/health?x=1"), host_of("10.0.0.5:9100")
    ('shop.example', '10.0.0.5')
    >>> host_of("[fd00::7]:9100"), host_of("fd00::7"), host_of("rack 4")
    ('fd00::7', 'fd00::7', 'rack 4')
    """
    scheme, mark, rest = address.partition("://")
    if mark and scheme.isascii() and scheme.replace("+", "").isalnum():
        address = rest.partition("/")[0].partition("?")[0].rpartition("@")[2] or rest
    elif "/" in address:
        # `shop.example/health` without a scheme, as blackbox accepts it; a path alone stays.
        address = address.partition("/")[0] or address
    if address.startswith("["):
        return address[1:].partition("]")[0] or address
    host, colon, port = address.rpartition(":")
    if colon and host and ":" not in host and port.isascii() and port.isdigit() and len(port) <= 5:
        return host
    return address


_HOST_PORTS = (":9100", ":9182")
"""Of node-exporter and windows-exporter, by Prometheus' list of default ports."""


def is_host_exporter(address: str) -> bool:
    """Whether a scrape's address has the port of an exporter that reports about its host."""
    return address.endswith(_HOST_PORTS)


def service_of(name: str) -> str:
    """A Kubernetes service by its DNS name: `cart.shop.svc.cluster.local` is `cart`."""
    head, mark, _ = name.partition(".svc")
    return head.partition(".")[0] if mark else name


_KINDS = ("app/", "net/", "gwy/", "targetgroup/")


def last_part(resource: str) -> str:
    """The name in an ARN, an Azure resource's id or a load balancer's dimension.

    >>> last_part("app/shop/50dc6c495c0c9188"), last_part("arn:aws:sqs:eu-west-1:1:orders")
    ('shop', 'orders')
    >>> last_part("/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/orders-db")
    'orders-db'
    """
    name = resource
    if name.startswith("arn:"):
        # arn:partition:service:region:account:resource, of which only the last may hold colons
        name = name.split(":", 5)[-1]
        kind, slash, rest = name.partition("/")
        name = rest if slash and kind == "loadbalancer" else name.rpartition(":")[2]
    if name.startswith(_KINDS):
        return name.split("/")[1] or resource
    return name.rstrip("/").rpartition("/")[2] or resource
