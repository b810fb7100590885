"""Whatever a stranger posts to /graphql is answered in the same form, never as a defect of ours."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from tests.graphql.conftest import Caller

JSON = {"Content-Type": "application/json"}
PAGE = "query ($after: String) { incidents(after: $after) { nodes { key } } }"


def as_cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(b"{}", mtime=0), {**JSON, "Content-Encoding": "gzip"}),
        (b"\x1f\x8b broken", JSON),
        (b'{"query": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", JSON),
        (b'{"query": "{ __typename }", "variables": {"n": ' + b"9" * 6_000 + b"}}", JSON),
        (b'{"query": "{ __typename }", "variables": [1]}', JSON),
        (b'{"query": 7}', JSON),
        (b'{"query": "{ __typename }", "operationName": 7}', JSON),
        (b'{"query": "\\ud800"}', JSON),
        (b'{"query": "{ problem(id: \\"\\ud800\\") { __typename } }"}', JSON),
        (b'{"query": "subscription { incidentChanges { key } }"}', JSON),
        (b'[{"query": "{ __typename }"}]', JSON),
        (b"\xff\xfe{", JSON),
        (b'{"query": "{ __typename }", "extensions": "x"}', JSON),
        (b"null", JSON),
        (b"query=%7B__typename%7D", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"--x\r\n\r\n", {"Content-Type": "multipart/form-data; boundary=x"}),
    ],
)
async def test_odd_bodies(caller: Caller, body: bytes, headers: dict[str, str]) -> None:
    """An odd body is the sender's fault: said in a short answer below 500, without a trace."""
    answer = await caller.client.post("/graphql", content=body, headers=headers)

    assert answer.status_code < 500, answer.text
    assert len(answer.content) < 2_000
    assert "Traceback" not in answer.text
    assert '"internal"' not in answer.text


@pytest.mark.parametrize(
    "value",
    [
        ["\ud800", "x"],
        ["2026-01-01T00:00:00+00:00", "\ud800"],
        ["9999-12-31T23:59:59-23:59", "x"],
        [1e999, "x"],
        [True, "x"],
        ["x" * 100_000, "x"],
        {},
        7,
    ],
)
async def test_odd_cursors(caller: Caller, value: object) -> None:
    """A cursor that this server did not make is refused by its name, or finds nothing."""
    body = await caller.answer(PAGE, {"after": as_cursor(value)})

    for error in body.get("errors", ()):
        assert error["extensions"]["code"] == "invalid_input", error


@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "1e400", "0", "2147483648"])
async def test_odd_page_sizes(caller: Caller, number: str) -> None:
    """A page size that is none is refused, however many digits it has."""
    body = await caller.answer(f"{{ incidents(first: {number}) {{ nodes {{ key }} }} }}")

    assert body["errors"]
    assert all(error.get("extensions", {}).get("code") != "internal" for error in body["errors"])


async def test_a_page_size_counts_as_the_executor_reads_it(caller: Caller) -> None:
    """100.0 is 100 to the executor, so it is to the limit of the cost."""
    query = """query ($n: Int!) {
      incidents(first: $n) { nodes { occurrences(first: $n) { key severity } } } }"""

    body = await caller.answer(query, {"n": 100.0})

    assert {error["extensions"]["limit"] for error in body["errors"]} == {"cost"}
