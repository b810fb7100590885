"""Which executor carries out which action template."""

from __future__ import annotations

from collections.abc import Mapping

from labo.errors import InvalidInput
from labo.ports.executor import Executor

BY_HAND = "ticket"
"""The executor that leaves an action to a person."""


class Executors:
    """`by_template` names an executor by template id; the others go to `default`."""

    def __init__(
        self,
        executors: Mapping[str, Executor],
        by_template: Mapping[str, str] | None = None,
        default: str = BY_HAND,
    ) -> None:
        self._executors = dict(executors)
        self._by_template = dict(by_template or {})
        self._default = default
        for name in (BY_HAND, default, *self._by_template.values()):
            self.named(name)

    def name_for(self, template_id: str, *, by_hand: bool = False) -> str:
        """By hand where the chosen one does not know the action."""
        chosen = self._by_template.get(template_id, self._default)
        if by_hand or not self.named(chosen).can_run(template_id):
            return BY_HAND
        return chosen

    def named(self, name: str) -> Executor:
        """Raises InvalidInput for one that is not configured."""
        executor = self._executors.get(name)
        if executor is None:
            known = ", ".join(sorted(self._executors))
            raise InvalidInput("no such executor", where=name, hint=f"configured are: {known}")
        return executor
