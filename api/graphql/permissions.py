"""Deny by default: every root field names the scope it needs, or the schema isn't built.

`@strawberry.field(...)` returns Any, so the decorators here preserve the resolvers' types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar, cast

import strawberry
from graphql import GraphQLError
from strawberry.extensions import FieldExtension, SchemaExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.types.base import get_object_definition

from labo.domain.entities.tokens import Scope
from labo.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from api.graphql.context import Info

_INTROSPECTION = re.compile(r"__(?:schema|type)\b")

Resolver = TypeVar("Resolver", bound=Callable[..., object])


class HasScope(BasePermission):
    """The caller's token must grant `scope`. Refusal is `Forbidden`, a member of the unions."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def has_permission(self, source: object, info: Info, **_: object) -> bool:
        del source
        principal = info.context.principal
        if principal is None:
            raise Unauthenticated("this needs a token", hint="send `Authorization: Bearer …`")
        return principal.has(self.scope)

    def on_unauthorized(self) -> None:
        raise Forbidden(
            f"the token lacks the scope `{self.scope}`",
            hint="`labo token create` makes one with it",
        )


class SchemaReaders(SchemaExtension):
    """Only who may read or operate is told the schema; a token that ingests has no use for it."""

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        principal = execution.context.principal
        if _INTROSPECTION.search(execution.query or "") and not (
            principal and (principal.has(Scope.READ) or principal.has(Scope.OPERATE))
        ):
            refused = GraphQLError(
                "the schema is shown to tokens with the scope `read` or `operate`",
                extensions={"code": Forbidden.code},
            )
            execution.pre_execution_errors = [*(execution.pre_execution_errors or ()), refused]
        yield


def guarded(scope: Scope, description: str) -> Callable[[Resolver], Resolver]:
    """A root field of Query or Mutation that needs `scope`."""
    guard = PermissionExtension([HasScope(scope)], use_directives=False)
    made = strawberry.field(description=description, extensions=[guard])
    return cast("Callable[[Resolver], Resolver]", made)


def guarded_stream(scope: Scope, description: str) -> Callable[[Resolver], Resolver]:
    """A root field of Subscription that needs `scope`."""
    guard = PermissionExtension([HasScope(scope)], use_directives=False)
    made = strawberry.subscription(description=description, extensions=[guard])
    return cast("Callable[[Resolver], Resolver]", made)


def described(description: str) -> Callable[[Resolver], Resolver]:
    """A nested field with a resolver; its parent was guarded already."""
    made = strawberry.field(description=description)
    return cast("Callable[[Resolver], Resolver]", made)


def check_permissions(*roots: type) -> None:
    """Raise TypeError naming the root fields that name no scope."""
    open_fields = [
        f"{root.__name__}.{field.python_name}"
        for root in roots
        for field in get_object_definition(root, strict=True).fields
        if not any(_names_scope(extension) for extension in field.extensions)
    ]
    if open_fields:
        raise TypeError(f"root fields without a permission: {', '.join(open_fields)}")


def _names_scope(extension: FieldExtension) -> bool:
    return isinstance(extension, PermissionExtension) and any(
        isinstance(permission, HasScope) for permission in extension.permissions
    )
