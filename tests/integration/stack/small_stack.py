"""A real supervisor over a small plan, as a process: `python -m …small_stack DATA_DIR`.

Valkey, a one-shot that writes `migrated`, and a child with a child of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

from labo.stack.launch import PortChoice, StackRequest, choose_ports
from labo.stack.ownership import end_leftovers, hold_data_folder
from labo.stack.plan import PlanInputs, Service, embedded_servers
from labo.stack.private_files import stored_secret
from labo.stack.state import VALKEY_PASSWORD_FILE, read_state
from labo.stack.supervisor import StackPlan, Supervisor
from labo.stack.valkey_server import prepare_valkey

PARENT = """
import subprocess, sys, time
print("parent speaks", flush=True)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).wait()
"""


def python(name: str, code: str, *, needs: tuple[str, ...] = (), once: bool = False) -> Service:
    """A child that runs a piece of Python."""
    return Service(name, (sys.executable, "-c", code), needs=needs, is_one_shot=once)


def small_plan(data_dir: Path) -> StackPlan:
    """Valkey first, then the one-shot, then the rest."""
    request = StackRequest(data_dir, PortChoice.AUTO, neo4j_uri="bolt://elsewhere")
    ports = choose_ports(request, None)
    password = stored_secret(data_dir / VALKEY_PASSWORD_FILE)
    prepare_valkey(data_dir / "valkey", password)
    inputs = PlanInputs(
        data_dir=data_dir,
        ports=ports,
        jars=[],
        embeds_neo4j=False,
        embeds_redis=True,
        neo4j_password="",
        valkey_password=password,
    )
    once = "import pathlib; pathlib.Path('migrated').touch()"
    services = (
        *embedded_servers(inputs),
        python("migrate", once, needs=("valkey",), once=True),
        python("parent", PARENT, needs=("migrate",)),
    )
    return StackPlan(data_dir, services, ports, urls={"GraphQL": "http://x"}, embeds_neo4j=False)


def main() -> None:
    """As `labo up` does it, with another plan."""
    data_dir = Path(sys.argv[1])
    with hold_data_folder(data_dir):
        previous = read_state(data_dir)
        if previous:
            end_leftovers(previous.stack_id)
        Supervisor(small_plan(data_dir)).run()


if __name__ == "__main__":
    main()
