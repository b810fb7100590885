"""Whose fault a failure of Neo4j is."""

from __future__ import annotations

import pytest
from neo4j.exceptions import (
    ClientError,
    DatabaseError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    TransientError,
)

from graph.failures import ServerFault, translate
from labo.errors import Conflict, InvalidInput, LaboError, Unavailable


def reported(code: str) -> Neo4jError:
    """The error as the driver makes it of the server's answer."""
    return Neo4jError._hydrate_neo4j(code=code, message="a message")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Neo.ClientError.Schema.ConstraintValidationFailed", Conflict),
        ("Neo.ClientError.Statement.ArgumentError", InvalidInput),
        ("Neo.ClientError.Statement.TypeError", InvalidInput),
        ("Neo.ClientError.Transaction.TransactionTimedOut", Unavailable),
        ("Neo.ClientError.Security.Unauthorized", Unavailable),
        ("Neo.ClientError.Security.AuthenticationRateLimit", Unavailable),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", Unavailable),
        ("Neo.TransientError.General.DatabaseUnavailable", Unavailable),
        ("Neo.TransientError.Transaction.DeadlockDetected", Unavailable),
        ("Neo.ClientError.Database.DatabaseNotFound", ServerFault),
        ("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", Unavailable),
        ("Neo.ClientError.Request.Invalid", ServerFault),
        ("Neo.ClientError.Transaction.TransactionStartFailed", ServerFault),
        ("Neo.DatabaseError.General.UnknownError", ServerFault),
        ("Neo.DatabaseError.Statement.ExecutionFailed", ServerFault),
        ("Neo.DatabaseError.Transaction.TransactionCommitFailed", ServerFault),
        ("Neo.DatabaseError.Transaction.TransactionLogError", ServerFault),
        ("Something.Else.Entirely.New", ServerFault),
    ],
)
def test_a_code_says_whose_fault_it_is(code: str, kind: type[LaboError]) -> None:
    """The sender's only where a value is named; an unknown one is the server's."""
    assert type(translate(reported(code))) is kind


@pytest.mark.parametrize(
    "error",
    [
        ServiceUnavailable("x"),
        DriverError("x"),
        OSError("x"),
        TimeoutError("x"),
        TransientError("x"),
    ],
)
def test_a_server_that_is_away_is_unavailable(error: Exception) -> None:
    """Whichever layer notices it."""
    assert type(translate(error)) is Unavailable


def test_a_wrong_statement_is_a_defect() -> None:
    """Trying again mends nothing, so it is loud."""
    assert translate(reported("Neo.ClientError.Statement.SyntaxError")) is None
    assert translate(ValueError("x")) is None
    assert isinstance(reported("Neo.ClientError.Statement.SyntaxError"), ClientError)
    assert isinstance(reported("Neo.DatabaseError.General.UnknownError"), DatabaseError)
