"""What every resolver gets: the caller, the services of the caller's workspace, the loaders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TypeAlias

import strawberry
from strawberry.fastapi import BaseContext

from api.graphql.loaders import Loaders, loaders
from labo.bootstrap import App, Services
from labo.domain.entities.tokens import Principal
from labo.errors import Unauthenticated


class Context(BaseContext):
    """Lives for one request, or for one WebSocket connection."""

    def __init__(self, app: App, principal: Principal | None = None) -> None:
        super().__init__()
        self.app = app
        self.principal = principal
        self._identify: Callable[[], Awaitable[Principal]] | None = None

    async def identify(self, identify: Callable[[], Awaitable[Principal]]) -> None:
        """Set the caller, and how to verify it again. Raises Unauthenticated."""
        self.principal = await identify()
        self._identify = identify

    async def check_again(self) -> None:
        """Raises Unauthenticated once the token of a long-lived caller is revoked or expired."""
        if self._identify is None:
            raise Unauthenticated("this needs a token")
        self.principal = await self._identify()

    def forget(self) -> None:
        """Drop what the loaders have cached: what follows is another moment's state."""
        self.__dict__.pop("loaders", None)

    @property
    def caller(self) -> Principal:
        """Raises Unauthenticated when there is none."""
        if self.principal is None:
            raise Unauthenticated("this needs a token")
        return self.principal

    @property
    def services(self) -> Services:
        """Of the caller's workspace, the only one that a resolver can access."""
        return self.app.workspace(self.caller.workspace)

    @cached_property
    def loaders(self) -> Loaders:
        return loaders(self.services)


Info: TypeAlias = strawberry.Info[Context, None]
