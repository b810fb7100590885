"""Whoever decides whether an action may be executed now."""

from __future__ import annotations

from typing import Protocol

from labo.domain.governance.policy import PolicyAnswer, PolicyRequest


class Policy(Protocol):
    def check(self, request: PolicyRequest) -> PolicyAnswer:
        """Within milliseconds, and never raising: what can't be evaluated is denied by a rule that
        says so."""
        ...
