"""The contract of a Cypher file's header."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType

import pytest

from graph.statements import StatementError, load, parse

GOOD = """// Problems by key.
// access: read
// params: workspace, key
// returns: key, title
MATCH (p:Problem {workspace: $workspace, key: $key})
RETURN p.key AS key, p.title AS title
"""


@dataclass(frozen=True)
class Row:
    key: str
    title: str


def test_a_statement_that_keeps_its_contract_is_loaded_with_its_parts() -> None:
    """Header, text and row agree, so the statement carries all three."""
    statement = parse("problems/get_problem", GOOD, Row)

    assert (statement.access, statement.params, statement.returns) == (
        "read",
        frozenset({"workspace", "key"}),
        ("key", "title"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("// access: read\n", ""), "no `// access:`"),
        (GOOD.replace("access: read", "access: admin"), "access is"),
        (GOOD.replace("workspace, key\n", "workspace\n", 1), r"params differ: \['key'\]"),
        (GOOD.replace("returns: key, title", "returns: key"), r"columns differ from Row: \['title"),
        (GOOD + ";", "without `;`"),
    ],
)
def test_a_broken_contract_is_refused_with_file_and_reason(text: str, message: str) -> None:
    """Each part of the contract is checked and the message says which one broke."""
    with pytest.raises(StatementError, match=f"problems/get_problem: .*{message}"):
        parse("problems/get_problem", text, Row)


def test_a_verb_outside_the_closed_list_is_refused() -> None:
    """A newcomer can tell from the name what a file does."""
    with pytest.raises(StatementError, match="the verb is not one of"):
        parse("problems/fetch_problem", GOOD, Row)


def test_a_dollar_in_a_string_or_a_comment_is_no_parameter() -> None:
    """Only real parameters count."""
    text = GOOD.replace("RETURN", "// costs $five\nWITH p, '$six' AS price RETURN")

    assert parse("problems/get_problem", text, Row).params == {"workspace", "key"}


def test_columns_without_a_row_type_are_refused() -> None:
    """A statement that answers must say into what."""
    with pytest.raises(StatementError, match="no row type"):
        parse("problems/get_problem", GOOD, NoneType)


def test_a_scalar_row_takes_exactly_one_column() -> None:
    """A count needs no dataclass, two columns do."""
    with pytest.raises(StatementError, match="exactly one column"):
        parse("problems/get_problem", GOOD, str)


def test_the_same_file_is_loaded_by_one_constant_only() -> None:
    """Two constants for one text would drift apart."""
    import graph.migrate  # noqa: F401

    with pytest.raises(StatementError, match="loaded twice"):
        load("migrations/upsert_applied", row=NoneType)
