"""What was decided and done, as a chain of digests: each entry holds the digest of the one before.

The digest is SHA-256 over the entry's canonical JSON (RFC 8785), so that it depends on what an
entry says and not on who wrote the JSON. Who changes, drops or moves an entry must write every
later one anew, and the head too; a head that was noted elsewhere shows even that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import rfc8785

from labo.domain.entities.masking import mask
from labo.errors import InvalidInput

LONGEST = 2_000
"""Characters of a text in an entry: as long as the reason of a decision may be."""
_HEAD = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})")


class AuditKind(StrEnum):
    DECISION = "decision"
    EXECUTION_BEGUN = "execution_begun"
    EXECUTION_REPORTED = "execution_reported"
    EXECUTION_REFUSED = "execution_refused"
    POLICY_REFUSED = "policy_refused"
    TEMPLATE_DECIDED = "template_decided"
    BLOCK_LIFTED = "block_lifted"
    CONTROLS_SET = "controls_set"
    BUDGET_SET = "budget_set"
    TOKEN_CREATED = "token_created"  # noqa: S105 - a kind, not a secret
    TOKEN_ENDED = "token_ended"  # noqa: S105 - a kind, not a secret


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """What `actor` did to `subject` (an id or key). `detail` holds masked texts alone."""

    kind: AuditKind
    at: datetime
    actor: str
    subject: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry's number, from 1, and digest; 0 and an empty one where there is none."""

    seq: int = 0
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link of a workspace's chain. `previous` is the digest of the entry before."""

    workspace: str
    seq: int
    at: datetime
    actor: str
    kind: AuditKind
    subject: str
    detail: Mapping[str, str]
    previous: str
    digest: str

    @property
    def head(self) -> AuditHead:
        return AuditHead(self.seq, self.digest)


@dataclass(frozen=True, slots=True)
class AuditFault:
    """The first entry (its number) at which the chain is broken, and how."""

    seq: int
    reason: str


def audit_event(
    kind: AuditKind, *, at: datetime, actor: str, subject: str, **detail: str | None
) -> AuditEvent:
    """With its texts masked; what is empty is left out."""
    masked = {name: mask(text, LONGEST) for name, text in sorted(detail.items()) if text}
    return AuditEvent(kind, at, mask(actor, LONGEST), subject, masked)


def sealed(event: AuditEvent, workspace: str, head: AuditHead) -> AuditEntry:
    """The entry that follows `head`."""
    seq = head.seq + 1
    digest = _digest(
        workspace=workspace,
        seq=seq,
        at=event.at,
        actor=event.actor,
        kind=event.kind.value,
        subject=event.subject,
        detail=event.detail,
        previous=head.digest,
    )
    return AuditEntry(
        workspace=workspace,
        seq=seq,
        at=event.at,
        actor=event.actor,
        kind=event.kind,
        subject=event.subject,
        detail=event.detail,
        previous=head.digest,
        digest=digest,
    )


def check_entry(entry: AuditEntry, head: AuditHead) -> AuditFault | None:
    """How `entry` fails to follow `head`; None where it does.

    >>> event = AuditEvent(AuditKind.DECISION, datetime(2026, 12, 1, tzinfo=UTC), "ada", "p1", {})
    >>> first = sealed(event, "default", AuditHead())
    >>> check_entry(first, AuditHead()) is None
    True
    >>> check_entry(first, AuditHead(4, "5c")).reason
    'it stands where entry 5 belongs'
    """
    wanted = head.seq + 1
    if entry.seq > wanted:
        last = entry.seq - 1
        return AuditFault(wanted, "it is missing" if last == wanted else f"missing, up to {last}")
    if entry.seq < wanted:
        return AuditFault(entry.seq, f"it stands where entry {wanted} belongs")
    if entry.previous != head.digest:
        return AuditFault(entry.seq, "it does not follow the entry before: one of the two changed")
    if entry.digest != _digest_of(entry):
        return AuditFault(entry.seq, "it was changed: its digest is of another text")
    return None


def follow(
    head: AuditHead, entries: Iterable[AuditEntry], noted: AuditHead | None = None
) -> AuditHead | AuditFault:
    """The head after `entries`, which are in order; the first fault where they do not follow.

    `noted` is a head that was written down earlier: its entry must still have that digest.
    """
    for entry in entries:
        if fault := check_entry(entry, head):
            return fault
        head = entry.head
        if noted and noted.seq == head.seq and noted != head:
            return AuditFault(head.seq, "it has another digest than the one noted")
    return head


def check_head(reached: AuditHead, stored: AuditHead) -> AuditFault | None:
    """How the end of the chain differs from the head that is stored beside it."""
    if reached.seq < stored.seq:
        return AuditFault(reached.seq + 1, "the chain ends before its head: entries are missing")
    if reached.seq > stored.seq:
        return AuditFault(stored.seq + 1, "it stands behind the head: nothing appended it")
    if reached.digest != stored.digest:
        return AuditFault(reached.seq, "it is another entry than the head names")
    return None


def parse_head(text: str) -> AuditHead:
    """As `labo audit verify` prints it. Raises InvalidInput.

    >>> parse_head("12:" + "0a" * 32).seq
    12
    """
    match = _HEAD.fullmatch(text.strip())
    if match is None:
        raise InvalidInput("not a head", where=text[:100], hint="as `labo audit verify` prints it")
    return AuditHead(int(match[1]), match[2])


def _digest_of(entry: AuditEntry) -> str:
    return _digest(
        workspace=entry.workspace,
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        kind=entry.kind.value,
        subject=entry.subject,
        detail=entry.detail,
        previous=entry.previous,
    )


def _digest(*, at: datetime, detail: Mapping[str, str], **fields: str | int) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    canonical = rfc8785.dumps({**fields, "at": moment, "detail": dict(detail)})
    return hashlib.sha256(canonical).hexdigest()
