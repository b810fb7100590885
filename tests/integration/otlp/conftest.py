"""The same application as the GraphQL tests call, and a Valkey and a store of one's own."""

from __future__ import annotations

from tests.graphql.conftest import application, caller, settings
from tests.integration.telemetry.conftest import client, store, store_url, valkey

__all__ = ["application", "caller", "client", "settings", "store", "store_url", "valkey"]
