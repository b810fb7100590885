"""Bounds on what one operation may ask for, checked before anything runs.

Every measure is computed in one walk that visits each fragment once, so that a small document whose
fragments spread each other twice can't make the check itself exponential (Strawberry's own depth
and alias limiters walk every path).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, fields, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    get_variable_values,
    is_list_type,
)
from graphql.type import GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType
from starlette.requests import HTTPConnection
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.types.graphql import OperationType

from api.deadline import while_answering
from api.graphql.context import Context
from labo.errors import Unavailable

MAX_TOKENS = 2_000
DEADLINE_SECONDS = 30.0
"""Three times a statement's own, since the first ones after a cold start take seconds each."""

CACHED_DOCUMENTS = 256
UNPAGED_LIST = 10
"""Assumed length of a list that takes no `first`."""

_WEIGHTS: Mapping[str, int] = {"Event": 10, "Diagnosis": 10, "CausalToken": 10, "Proposal": 5}
"""Cost of one object beside its fields: the kilobytes that reading it moves, whatever is selected,
where labels, suspects or hops are long ones."""

_FIELD_WEIGHTS: Mapping[tuple[str, str], int] = {("Event", "raw"): 30}
"""Kilobytes of what is read for this field alone, at most."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What a selection asks for. `cost` counts fields, times the page sizes above them."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0
    cost: int = 0

    def beside(self, other: Measures) -> Measures:
        return Measures(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.root_fields + other.root_fields,
            self.cost + other.cost,
        )


LIMITS = Measures(depth=12, aliases=30, directives=20, root_fields=20, cost=10_000)


@dataclass
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Any
    """As `get_variable_values` gives them to `get_argument_values`."""
    done: dict[str, Measures] = field(default_factory=dict)

    def selections(
        self, chosen: SelectionSetNode | None, parent: GraphQLNamedType | None
    ) -> Measures:
        total = Measures()
        for selection in chosen.selections if chosen else ():
            total = total.beside(Measures(directives=len(selection.directives or ())))
            match selection:
                case FieldNode():
                    total = total.beside(self.one_field(selection, parent))
                case InlineFragmentNode(type_condition=condition, selection_set=inner):
                    narrowed = self.schema.get_type(condition.name.value) if condition else parent
                    total = total.beside(self.selections(inner, narrowed))
                case FragmentSpreadNode(name=name):
                    total = total.beside(self.fragment(name.value))
        return total

    def fragment(self, name: str) -> Measures:
        """Each fragment once; within itself (a cycle, refused by validation) it counts nothing."""
        if name not in self.done:
            self.done[name] = Measures()
            definition = self.fragments.get(name)
            if definition is not None:
                parent = self.schema.get_type(definition.type_condition.name.value)
                self.done[name] = self.selections(definition.selection_set, parent)
        return self.done[name]

    def one_field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measures:
        aliases = 1 if node.alias else 0
        if node.name.value.startswith("__"):
            # graphql-core bounds introspection by a rule of its own.
            return Measures(aliases=aliases, root_fields=1)
        known = _definition(parent, node.name.value)
        kind = get_named_type(known.type) if known else None
        inner = self.selections(node.selection_set, kind)
        if kind is not None and kind.name in _WEIGHTS:
            inner = replace(inner, cost=inner.cost + _WEIGHTS[kind.name])
        own = _FIELD_WEIGHTS.get((parent.name, node.name.value), 0) if parent else 0
        return Measures(
            depth=1 + inner.depth,
            aliases=aliases + inner.aliases,
            directives=inner.directives,
            root_fields=1,
            cost=1 + own + self.page_size(node, known, parent) * inner.cost,
        )

    def page_size(
        self, node: FieldNode, known: GraphQLField | None, parent: GraphQLNamedType | None
    ) -> int:
        if known is None:
            return 1
        if "first" in known.args:
            return max(1, self.asked_page(node, known))
        bare = known.type.of_type if isinstance(known.type, GraphQLNonNull) else known.type
        within_connection = parent is not None and parent.name.endswith("Connection")
        return UNPAGED_LIST if is_list_type(bare) and not within_connection else 1

    def asked_page(self, node: FieldNode, known: GraphQLField) -> int:
        """The value that the executor will use, coerced by its own rules: 100.0 is 100 there."""
        try:
            value = get_argument_values(known, node, self.variables).get("first")
        except GraphQLError:  # refused before it runs
            return 1
        return value if isinstance(value, int) else UNPAGED_LIST


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        found: GraphQLField | None = parent.fields.get(name)
        return found
    return None


def measure(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, object] | None = None
) -> Measures:
    """The largest of each measure over the document's operations."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    operations = [
        _measure_operation(_Walk(schema, fragments, _values(schema, node, variables or {})), node)
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    ]
    return Measures(*(max(figures) for figures in zip(*map(astuple, operations), strict=True)))


def _measure_operation(walk: _Walk, node: OperationDefinitionNode) -> Measures:
    root = walk.schema.get_root_type(node.operation)
    own = Measures(directives=len(node.directives or ()))
    return walk.selections(node.selection_set, root).beside(own)


def _values(
    schema: GraphQLSchema, node: OperationDefinitionNode, given: Mapping[str, object]
) -> Any:
    """The variables as the executor coerces them; none when it will refuse them."""
    coerced = get_variable_values(schema, node.variable_definitions or (), dict(given))
    return get_variable_values(schema, (), {}) if isinstance(coerced, list) else coerced


class TolerantParserCache(ParserCache):
    """Strawberry's cache raises a syntax error where a stream (SSE, WebSocket) isn't caught; left
    unparsed, the document is parsed again where it is."""

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        with contextlib.suppress(GraphQLError):
            context.graphql_document = self.cached_parse_document(
                context.query, **context.parse_options
            )
        yield


class Limits(SchemaExtension):
    """Refuses a valid operation that asks for more than `LIMITS`, saying which and by how much.

    It stands after `ValidationCache`, which overwrites what an earlier extension found.
    """

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None and not context.pre_execution_errors:
            measures = measure(context.schema._schema, context.graphql_document, context.variables)
            # An empty list and not None, which would have the document validated once more.
            context.pre_execution_errors = _excesses(measures)
        yield


def _excesses(found: Measures) -> list[GraphQLError]:
    return [
        GraphQLError(
            f"The operation's {limit.name.replace('_', ' ')} is {asked}; the limit is {allowed}.",
            extensions={"code": "too_much", "limit": limit.name},
        )
        for limit in fields(Measures)
        if (asked := getattr(found, limit.name)) > (allowed := getattr(LIMITS, limit.name))
    ]


class Deadline(SchemaExtension):
    """Ends a query or mutation that takes longer than `DEADLINE_SECONDS`; or than any other request
    may, when Neo4j does not answer meanwhile."""

    async def on_execute(self) -> AsyncIterator[None]:
        if self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            yield
            return
        context: Context = self.execution_context.context
        app, connection = context.app, context.request
        scope = connection.scope if isinstance(connection, HTTPConnection) else {}
        try:
            async with while_answering(
                scope,
                app.graph.check,
                answer_s=app.settings.api.answer_s,
                longest_s=DEADLINE_SECONDS,
            ):
                yield
        except TimeoutError as error:
            raise GraphQLError(
                "The operation took too long, or the graph database does not answer.",
                extensions={"code": "unavailable"},
            ) from error


class Room(SchemaExtension):
    """Refuses to write while the disk is nearly full."""

    def on_execute(self) -> Iterator[None]:
        if self.execution_context.operation_type is OperationType.MUTATION:
            connection = self.execution_context.context.request
            try:
                if isinstance(connection, HTTPConnection):
                    connection.app.state.disk.check()
            except Unavailable as error:
                raise GraphQLError(str(error), extensions={"code": error.code}) from error
        yield


def bounded() -> list[Callable[[], SchemaExtension]]:
    """The extensions that bound parsing, validation and execution, in the order they need."""
    return [
        lambda: MaxTokensLimiter(MAX_TOKENS),
        lambda: TolerantParserCache(CACHED_DOCUMENTS),
        lambda: ValidationCache(CACHED_DOCUMENTS),
        Limits,
        Deadline,
        Room,
    ]
