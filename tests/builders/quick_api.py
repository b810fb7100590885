"""The API as it is deployed, but that it forgets a token sooner: a test waits until it has."""

from __future__ import annotations

from api import auth
from api.app import create_app

__all__ = ["create_app"]


auth.CACHE_SECONDS = 1.0
