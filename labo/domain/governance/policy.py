"""What a policy is asked before an action is executed, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from labo.domain.governance.autonomy import Autonomy
from labo.domain.governance.risk import RiskLevel
from labo.domain.governance.templates import TemplateStatus, parse_key


class Enforcement(StrEnum):
    """`audit`: recorded. `warn`: shown to who approves. `deny`: refused."""

    AUDIT = "audit"
    WARN = "warn"
    DENY = "deny"


STRICTNESS: tuple[Enforcement, ...] = (Enforcement.AUDIT, Enforcement.WARN, Enforcement.DENY)


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """One action about to be executed.

    `template_key` is `name@version`; `digest` is its template's. `signed`: a trusted key, valid
    now, signed it. `newest`: no newer version is active. `hour` is 0 to 23 in UTC. `requester` is
    who proposed (a level or a person), `approver` the person who approved, empty without one.
    `level` is `memory`, `n1`, `n2` or `n3`.
    """

    template_key: str
    digest: str
    status: TemplateStatus
    signed: bool
    newest: bool
    risk: RiskLevel
    autonomy: Autonomy
    hour: int
    environment: str
    workspace: str
    requester: str
    approver: str
    level: str

    @property
    def template(self) -> str:
        """The template's name, whatever its version. Raises InvalidInput for a malformed key."""
        return parse_key(self.template_key)[0]


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One rule that applies, with the reason for people."""

    rule: str
    enforcement: Enforcement
    message: str


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """`enforcement` is the strictest of `rules`, `audit` where none applies."""

    allowed: bool
    enforcement: Enforcement
    rules: tuple[RuleHit, ...]

    @property
    def reason(self) -> str:
        """The rules that decided, for a refusal or a warning; empty where none applies."""
        decisive = (hit for hit in self.rules if hit.enforcement is self.enforcement)
        return "; ".join(f"{hit.rule}: {hit.message}" for hit in decisive)


def answer(hits: Iterable[RuleHit]) -> PolicyAnswer:
    """The strictest hit decides; hits are listed strictest first, then by name.

    >>> warned = RuleHit("hour", Enforcement.WARN, "at night")
    >>> answer([warned]).allowed, answer([warned]).enforcement.value
    (True, 'warn')
    >>> refused = answer([warned, RuleHit("unsigned", Enforcement.DENY, "no key signed it")])
    >>> refused.allowed, refused.reason
    (False, 'unsigned: no key signed it')
    >>> answer([])
    PolicyAnswer(allowed=True, enforcement=<Enforcement.AUDIT: 'audit'>, rules=())
    """
    rules = sorted(
        set(hits), key=lambda hit: (-STRICTNESS.index(hit.enforcement), hit.rule, hit.message)
    )
    strictest = rules[0].enforcement if rules else Enforcement.AUDIT
    return PolicyAnswer(strictest is not Enforcement.DENY, strictest, tuple(rules))
