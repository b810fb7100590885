"""kill -9 of each process in turn while events flow: what got 202 is in the graph, once."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field

import httpx
import pytest
from neo4j import GraphDatabase

from labo.stack.state import connection_env
from tests.acceptance.conftest import WholeStack, wait_for

pytestmark = pytest.mark.acceptance

KILLED = ("worker-link", "api", "valkey", "neo4j")


@dataclass
class Sender:
    """Posts one new event after another; keeps the ids that were answered with 202."""

    stack: WholeStack
    accepted: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with httpx.Client(headers=self.stack.headers, timeout=15) as client:
            number = 0
            while not self.stop.is_set():
                number += 1
                if self._is_accepted(client, f"kill-{number}"):
                    self.accepted.append(f"kill-{number}")
                time.sleep(0.02)

    def _is_accepted(self, client: httpx.Client, event_id: str) -> bool:
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": "kill-test",
            "type": "probe",
            "data": {"title": event_id},
        }
        try:
            answer = client.post(
                f"{self.stack.url}/hooks/cloudevents",
                json=event,
                headers={"Content-Type": "application/cloudevents+json"},
            )
        except httpx.HTTPError:
            return False
        return answer.status_code == 202


def stored_ids(stack: WholeStack) -> list[str]:
    env = connection_env(stack.data)
    auth = ("neo4j", env["LABO_NEO4J__PASSWORD"])
    with GraphDatabase.driver(env["LABO_NEO4J__URI"], auth=auth) as driver:
        records = driver.execute_query(
            "MATCH (e:Event) WHERE e.title STARTS WITH 'kill-' RETURN e.title AS title"
        ).records
    return [record["title"] for record in records]


def test_every_accepted_event_survives_the_kill_of_each_process(whole_stack: WholeStack) -> None:
    """202 means it is committed: no loss and no duplicate, whichever process dies."""
    sender = Sender(whole_stack)
    thread = threading.Thread(target=sender.run)
    thread.start()
    try:
        for killed in KILLED:
            before = len(sender.accepted)
            pid = wait_for(
                lambda v=killed: whole_stack.pid(v), seconds=180, reason=f"{killed} runs"
            )
            os.kill(pid, signal.SIGKILL)
            wait_for(
                lambda v=killed, p=pid: (now := whole_stack.pid(v)) and now != p,
                seconds=180,
                reason=f"{killed} comes back",
            )
            wait_for(
                lambda n=before: len(sender.accepted) > n + 20,
                seconds=120,
                reason=f"events are accepted again after the kill of {killed}",
            )
    finally:
        sender.stop.set()
        thread.join()

    stored = stored_ids(whole_stack)
    assert set(sender.accepted) - set(stored) == set()
    assert len(stored) == len(set(stored))
