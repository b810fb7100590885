"""Expected failures as GraphQL types; the unexpected masked, with the request's id to find it by.

A resolver raises `labo.errors`; where its return type is a union with these types, the failure
is a value of the union. Elsewhere it is an entry of `errors` with its code in `extensions`.
"""

from __future__ import annotations

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaskErrors
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from labo import errors

log = structlog.get_logger(__name__)


@strawberry.interface(name="Failure", description="An expected failure.")
class FailureType:
    code: str = strawberry.field(description="Stable name of the kind of failure.")
    message: str
    where: str | None = strawberry.field(description="The argument or field at fault.")
    hint: str | None = strawberry.field(description="What to do about it.")


@strawberry.type(name="NotFound", description="The thing named doesn't exist in this workspace.")
class NotFoundType(FailureType):
    pass


@strawberry.type(name="Conflict", description="It changed or was decided meanwhile.")
class ConflictType(FailureType):
    pass


@strawberry.type(name="InvalidInput", description="An argument is malformed.")
class InvalidInputType(FailureType):
    pass


@strawberry.type(name="Forbidden", description="The token lacks the scope for this.")
class ForbiddenType(FailureType):
    pass


class AsValue:
    """Turns one kind of `LaboError` into its GraphQL type."""

    def __init__(self, exception: type[errors.LaboError], failure: type[FailureType]) -> None:
        self.exception_type = exception
        self.error_type = failure

    def handle(self, exception: errors.LaboError, **_: object) -> FailureType:
        return self.error_type(
            code=exception.code,
            message=exception.message,
            where=exception.where,
            hint=exception.hint,
        )


EXCEPTION_HANDLERS = (
    AsValue(errors.NotFound, NotFoundType),
    AsValue(errors.Conflict, ConflictType),
    AsValue(errors.InvalidInput, InvalidInputType),
    AsValue(errors.Forbidden, ForbiddenType),
)


_ABOUT_THE_REQUEST = (
    GraphQLError,
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
    MissingQueryError,
)


def is_expected(error: GraphQLError) -> bool:
    """Whether the error is the caller's business, and no defect of ours."""
    expected = isinstance(error.original_error, errors.LaboError)
    return expected or not _is_rewritten(error) or _is_unreadable_literal(error)


class MaskUnexpected(MaskErrors):
    """Replaces a defect's message by the request's id; gives expected failures their code."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=_is_rewritten)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        original = error.original_error
        if isinstance(original, errors.LaboError):
            details = {"code": original.code, "where": original.where, "hint": original.hint}
            message = original.message
        elif _is_unreadable_literal(error):
            details = {"code": errors.InvalidInput.code}
            message = "A literal of the document cannot be read."
        else:
            request_id = structlog.contextvars.get_contextvars().get("request_id")
            details = {"code": "internal", "request_id": request_id}
            message = "Unexpected error. The server's log has it under the request's id."
        return GraphQLError(
            message,
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            extensions={key: value for key, value in details.items() if value is not None},
        )


def _is_rewritten(error: GraphQLError) -> bool:
    original = error.original_error
    return original is not None and not isinstance(original, _ABOUT_THE_REQUEST)


def _is_unreadable_literal(error: GraphQLError) -> bool:
    """Whether validation met a literal that Python refuses, such as 5,000 digits."""
    return error.path is None and isinstance(error.original_error, ValueError)


def log_errors(found: list[GraphQLError]) -> None:
    """Defects loudly with their trace, expected failures in one line."""
    for error in found:
        if is_expected(error):
            log.info("graphql.refused", reason=error.message, path=error.path)
        else:
            log.error("graphql.failed", path=error.path, exc_info=error.original_error)
