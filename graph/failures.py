"""What a failure of the driver or the server means, and whose fault it is.

The sender's is only what the server says about a value. Everything else that the server reports,
also what is not known here, is its own fault and may pass: whoever is told so sends again, and
nothing is lost.
"""

from __future__ import annotations

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConstraintError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from labo.errors import Conflict, InvalidInput, LaboError, Unavailable

_SCHEMA_RACE = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"
_ABOUT_A_VALUE = frozenset(
    f"Neo.ClientError.Statement.{kind}"
    for kind in ("ArgumentError", "ArithmeticError", "TypeError")
)
_TOO_LARGE = "too large to index"
"""Of a value, too, but reported as the server's own failure (Neo4j 5: DatabaseError 50N00)."""
_ABOUT_A_STATEMENT = (
    "Neo.ClientError.Procedure.",
    "Neo.ClientError.Schema.",
    "Neo.ClientError.Statement.",
)
"""Statements are ours alone: a wrong one is a defect, and trying again does not mend it."""


class ServerFault(Unavailable):
    """The server answers, but fails: no room on its disk, a stopped database, its own defect."""


def translate(error: Exception) -> LaboError | None:
    """The expected failure behind `error`, or None when it is a defect of ours."""
    if isinstance(error, ConstraintError) or is_schema_race(error):
        return Conflict("another write created the same thing at the same time")
    if isinstance(error, ClientError) and "AuthenticationRateLimit" in (error.code or ""):
        return Unavailable("Neo4j refuses log-ins for a while", hint="check LABO_NEO4J__PASSWORD")
    if isinstance(error, AuthError):
        return Unavailable("Neo4j refuses the log-in", hint="check LABO_NEO4J__PASSWORD")
    if isinstance(error, ServiceUnavailable | SessionExpired | TransientError):
        return Unavailable("the graph database is not reachable", hint="see `labo doctor`")
    if isinstance(error, TimeoutError):
        return Unavailable("the graph database took too long", hint="see `labo doctor`")
    if isinstance(error, OSError):
        return Unavailable("the graph database is not reachable", hint="see `labo doctor`")
    if isinstance(error, DriverError):
        return Unavailable("the graph database connection failed", hint="see `labo doctor`")
    if isinstance(error, Neo4jError):
        return _reported(error, error.code or "")
    return None


def _reported(error: Neo4jError, code: str) -> LaboError | None:
    """What the server says of itself, by its code."""
    if "TransactionTimedOut" in code:
        return Unavailable("the graph database took too long")
    if code in _ABOUT_A_VALUE or _TOO_LARGE in (error.message or ""):
        return InvalidInput("a value cannot be stored in the graph")
    if isinstance(error, ClientError) and code.startswith(_ABOUT_A_STATEMENT):
        return None
    return ServerFault("the graph database failed", hint="see its log: `labo logs neo4j`")


def is_schema_race(error: Exception) -> bool:
    """Whether another process made the same index or constraint first.

    `IF NOT EXISTS` checks before it takes its lock, so of two at once the later one fails.
    """
    return isinstance(error, ClientError) and error.code == _SCHEMA_RACE
