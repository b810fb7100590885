"""The expected failures that every layer below the edges raises.

    LaboError
    ├── NotFound          the thing named does not exist in this workspace
    ├── Conflict          it exists, but changed or was decided meanwhile
    ├── InvalidInput      the caller's input is malformed; `where` names file, line, column or field
    ├── Forbidden         known caller, not allowed
    ├── Unauthenticated   no caller, or a bad signature
    ├── Unavailable       a dependency is down or full; trying again later may work
    └── BudgetExceeded    the workspace has spent what it may spend

No HTTP numbers here: `api/errors.py` holds the one table that maps a code to a status.
"""

from __future__ import annotations


class LaboError(Exception):
    """An expected failure. `code` is stable and public; the message is written for the caller."""

    code = "error"

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        prefix = f"{self.where}: " if self.where else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{prefix}{self.message}{hint}"


class NotFound(LaboError):
    code = "not_found"


class Conflict(LaboError):
    code = "conflict"


class InvalidInput(LaboError):
    code = "invalid_input"


class Forbidden(LaboError):
    code = "forbidden"


class Unauthenticated(LaboError):
    code = "unauthenticated"


class Unavailable(LaboError):
    """`retry_after` is in seconds."""

    code = "unavailable"

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        retry_after: int = 5,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.retry_after = retry_after


class BudgetExceeded(LaboError):
    code = "budget_exceeded"
