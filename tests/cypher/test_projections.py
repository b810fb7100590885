"""One row, one projection: Cypher can't be built, so its copies are held against each other."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from graph.ontology import EDGE_STORED_AS, INSTANCE, PROPERTIES, Label
from labo.domain.causality.edges import CausalEdge, Evidence
from tests.cypher.test_statements import STATEMENTS

VARIED = {
    ("Dependency", "source"): "one end of it is what was asked for",
    ("Dependency", "target"): "one end of it is what was asked for",
    ("Due", "subject"): "an edge's key or an incident's id",
    ("Token", "expires_at"): "ending a token returns it as it was before",
}
"""Columns (by row and name) that statements of one row fill in different ways, and why."""


def projection(text: str) -> dict[str, str]:
    """Column to expression of a statement's own RETURN, variables left out."""
    body = re.sub(r"//[^\n]*", "", text)
    starts = [m.start() for m in re.finditer(r"RETURN ", body) if _depth(body[: m.start()]) == 0]
    items = re.split(r"\b(?:ORDER BY|LIMIT)\b(?![^{]*\})", body[starts[-1] :])[0]
    found = {}
    for item in _items(" ".join(items.split()).removeprefix("RETURN ").removeprefix("DISTINCT ")):
        value, _, name = item.rpartition(" AS ")
        found[name] = re.sub(r"\b\w+\.(\w+)", r"\1", value or name)
    return found


def _depth(text: str) -> int:
    """How many subqueries are open at the end of `text`."""
    return text.count("{") - text.count("}")


def _items(text: str) -> Iterator[str]:
    """What is between the commas that are in no bracket."""
    depth, start = 0, 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            yield text[start:position].strip()
            start = position + 1
    yield text[start:].strip()


def test_statements_of_one_row_fill_its_columns_alike() -> None:
    """A default that is mended in one file is mended in all."""
    ways: dict[tuple[str, str], set[str]] = {}
    for statement in STATEMENTS.values():
        if dataclasses.is_dataclass(statement.row):
            found = projection(statement.text)
            assert tuple(found) == statement.returns
            for column, value in found.items():
                ways.setdefault((statement.row.__name__, column), set()).add(value)

    assert {place for place, values in ways.items() if len(values) > 1} == set(VARIED)


def test_what_the_graph_keeps_of_a_claim_is_what_the_domain_knows() -> None:
    """A field that is added to the record is written, read and known to the lint at once."""
    for row, label in ((CausalEdge, Label.CAUSAL_EDGE), (Evidence, Label.EVIDENCE)):
        fields = {field.name for field in dataclasses.fields(row)}
        whole = [statement for statement in STATEMENTS.values() if statement.row is row]
        stored = (
            {EDGE_STORED_AS.get(name, name) for name in fields} if row is CausalEdge else fields
        )

        assert {*PROPERTIES[label], *INSTANCE} >= stored >= set(PROPERTIES[label])
        assert len(whole) > 2
        assert all(set(statement.returns) == fields for statement in whole)
