"""The schema: topics merged, nothing else. `python -m api.graphql.schema` prints its SDL.

A topic module offers the mixins `<Topic>Query` and `<Topic>Mutation`; the classes below list them.
"""

from __future__ import annotations

import sys

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from api.graphql.diagnoses import DiagnosesQuery
from api.graphql.enums import register_enums
from api.graphql.errors import EXCEPTION_HANDLERS, MaskUnexpected, log_errors
from api.graphql.events import EventsQuery
from api.graphql.incidents import IncidentsQuery
from api.graphql.limits import bounded
from api.graphql.pagination import MAX_PAGE
from api.graphql.permissions import check_permissions


@strawberry.type
class Query(IncidentsQuery, EventsQuery, DiagnosesQuery):
    pass


class Schema(strawberry.Schema):
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        del execution_context
        log_errors(errors)


def build_schema() -> Schema:
    """Raises TypeError when a root field names no permission."""
    register_enums()
    check_permissions(Query)
    return Schema(
        query=Query,
        extensions=[MaskUnexpected, *bounded()],
        exception_handlers=EXCEPTION_HANDLERS,
        config=StrawberryConfig(disable_field_suggestions=True, relay_max_results=MAX_PAGE),
    )


if __name__ == "__main__":
    sys.stdout.write(build_schema().as_str() + "\n")
