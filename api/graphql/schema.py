"""The schema: topics merged, nothing else. `python -m api.graphql.schema` prints its SDL.

A topic module offers the mixins `<Topic>Query` and `<Topic>Mutation`; the classes below list them.
"""

from __future__ import annotations

import sys

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from api.graphql.audit import AuditQuery
from api.graphql.blocks import BlocksMutation, BlocksQuery
from api.graphql.budget import BudgetMutation, BudgetQuery
from api.graphql.calibration import CalibrationQuery
from api.graphql.causality import CausalityQuery
from api.graphql.components import ComponentsQuery
from api.graphql.confirmed_causes import CausesMutation
from api.graphql.diagnoses import DiagnosesMutation, DiagnosesQuery
from api.graphql.edges import EdgesMutation, EdgesQuery
from api.graphql.enums import register_enums
from api.graphql.errors import EXCEPTION_HANDLERS, MaskUnexpected, log_errors
from api.graphql.escalations import EscalationsMutation, EscalationsQuery
from api.graphql.events import EventsQuery
from api.graphql.experiments import ExperimentsMutation, ExperimentsQuery
from api.graphql.incident_acts import IncidentActsMutation
from api.graphql.incident_changes import IncidentChangesSubscription
from api.graphql.incidents import IncidentsMutation, IncidentsQuery
from api.graphql.known_solutions import KnownSolutionsMutation, KnownSolutionsQuery
from api.graphql.limits import bounded
from api.graphql.metric_sets import MetricSetsQuery
from api.graphql.pagination import MAX_PAGE
from api.graphql.permissions import SchemaReaders, check_permissions
from api.graphql.problems import ProblemsMutation, ProblemsQuery
from api.graphql.proposals import ProposalsMutation, ProposalsQuery
from api.graphql.reports import ReportsQuery
from api.graphql.search import SearchQuery
from api.graphql.templates import TemplatesMutation, TemplatesQuery
from api.graphql.tokens import TokensQuery


@strawberry.type
class Query(
    IncidentsQuery,
    EventsQuery,
    DiagnosesQuery,
    ProblemsQuery,
    ComponentsQuery,
    EdgesQuery,
    CausalityQuery,
    MetricSetsQuery,
    SearchQuery,
    CalibrationQuery,
    TokensQuery,
    ExperimentsQuery,
    ProposalsQuery,
    EscalationsQuery,
    BlocksQuery,
    TemplatesQuery,
    ReportsQuery,
    KnownSolutionsQuery,
    BudgetQuery,
    AuditQuery,
):
    pass


@strawberry.type
class Mutation(
    EdgesMutation,
    ProblemsMutation,
    IncidentsMutation,
    IncidentActsMutation,
    DiagnosesMutation,
    CausesMutation,
    ProposalsMutation,
    KnownSolutionsMutation,
    ExperimentsMutation,
    EscalationsMutation,
    BlocksMutation,
    TemplatesMutation,
    BudgetMutation,
):
    pass


@strawberry.type
class Subscription(IncidentChangesSubscription):
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
    check_permissions(Query, Mutation, Subscription)
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=[MaskUnexpected, *bounded(), SchemaReaders],
        exception_handlers=EXCEPTION_HANDLERS,
        config=StrawberryConfig(disable_field_suggestions=True, relay_max_results=MAX_PAGE),
    )


if __name__ == "__main__":
    sys.stdout.write(build_schema().as_str() + "\n")
