"""A real Alertmanager posts to a real stack."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.debian import find_commands
from tests.acceptance.conftest import WholeStack, wait_for

pytestmark = pytest.mark.acceptance

CONFIG = """
route: {{receiver: labo, group_wait: 1s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: labo
    webhook_configs:
      - url: {url}/hooks/alertmanager
        send_resolved: true
        http_config: {{authorization: {{credentials: {token}}}}}
"""

INCIDENTS = """{ incidents(first: 50) { edges { node {
  title status occurrences { component { name } problem { title } }
} } } }"""


@pytest.fixture
def amtool(whole_stack: WholeStack, tmp_path: Path) -> Iterator[list[str]]:
    """`amtool` pointed at a running Alertmanager that reports to the stack."""
    commands = find_commands("prometheus-alertmanager", "prometheus-alertmanager", "amtool")
    if commands is None:
        pytest.skip("prometheus-alertmanager comes from Debian's packages; no apt here")
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG.format(url=whole_stack.url, token=whole_stack.token))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *commands["prometheus-alertmanager"],
            f"--config.file={config}",
            f"--storage.path={tmp_path / 'am'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield [*commands["amtool"], f"--alertmanager.url=http://127.0.0.1:{port}"]
    finally:
        process.terminate()
        process.wait(20)


def test_an_alert_of_a_real_alertmanager_becomes_an_incident(
    whole_stack: WholeStack, amtool: list[str]
) -> None:
    """From `amtool alert add` to GraphQL, through the sender that most users have."""
    alert = ["alert", "add", "HighLatency", "service=am-checkout", "severity=critical"]

    def sent() -> bool:
        return subprocess.run([*amtool, *alert], capture_output=True, check=False).returncode == 0

    def visible() -> dict[str, object] | None:
        edges = whole_stack.graphql(INCIDENTS)["incidents"]["edges"]
        nodes = (edge["node"] for edge in edges)
        return next(
            (n for n in nodes if n["occurrences"][0]["component"]["name"] == "am-checkout"), None
        )

    wait_for(sent, seconds=20, reason="Alertmanager takes an alert")
    incident = wait_for(visible, seconds=40, reason="the incident is visible by GraphQL")

    occurrence = incident["occurrences"][0]  # type: ignore[index]
    assert occurrence["problem"]["title"] == "HighLatency"
