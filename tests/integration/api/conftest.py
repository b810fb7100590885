"""The same application as the GraphQL tests call."""

from __future__ import annotations

from tests.graphql.conftest import application, caller, settings

__all__ = ["application", "caller", "settings"]
