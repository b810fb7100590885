"""Any single change of a stored chain is found, and named where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.governance.audit import (
    AuditEntry,
    AuditFault,
    AuditHead,
    AuditKind,
    audit_event,
    check_head,
    follow,
    parse_head,
    sealed,
)
from labo.errors import InvalidInput

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
FIELDS = ("workspace", "seq", "at", "actor", "kind", "subject", "detail", "previous", "digest")


def a_chain(length: int = 6) -> list[AuditEntry]:
    chain: list[AuditEntry] = []
    head = AuditHead()
    for number in range(length):
        event = audit_event(
            AuditKind.DECISION,
            at=AT + timedelta(minutes=number),
            actor="ada",
            subject=f"proposal-{number}",
            verdict="approve",
            reason="it cured the last one",
        )
        chain.append(sealed(event, "shop", head))
        head = chain[-1].head
    return chain


def fault_of(chain: list[AuditEntry], stored: AuditHead) -> AuditFault | None:
    reached = follow(AuditHead(), chain)
    return reached if isinstance(reached, AuditFault) else check_head(reached, stored)


def changed(entry: AuditEntry, field: str, text: str, number: int) -> AuditEntry:
    values: dict[str, object] = {
        "seq": number,
        "at": AT - timedelta(microseconds=number + 1),
        "kind": AuditKind.BUDGET_SET,
        "detail": {**entry.detail, "reason": text},
    }
    return replace(entry, **{field: values.get(field, text)})  # type: ignore[arg-type]


def test_a_chain_as_it_was_appended_holds() -> None:
    chain = a_chain()

    assert fault_of(chain, chain[-1].head) is None


@given(
    at=st.integers(0, 5),
    field=st.sampled_from(FIELDS),
    text=st.text(max_size=30),
    number=st.integers(-3, 20),
)
def test_a_change_of_any_field_of_any_entry_is_found(
    at: int, field: str, text: str, number: int
) -> None:
    chain = a_chain()
    head = chain[-1].head
    other = changed(chain[at], field, text, number)
    was_changed = other != chain[at]
    chain[at] = other

    assert (fault_of(chain, head) is not None) is was_changed


@given(at=st.integers(0, 5))
def test_a_missing_entry_is_named(at: int) -> None:
    chain = a_chain()
    head = chain[-1].head
    del chain[at]

    fault = fault_of(chain, head)

    assert fault is not None
    assert fault.seq == at + 1
    assert "missing" in fault.reason


@given(pair=st.lists(st.integers(0, 5), min_size=2, max_size=2, unique=True))
def test_entries_that_changed_places_are_named(pair: list[int]) -> None:
    """Their numbers changed too, so that they are read in the new order."""
    chain = a_chain()
    first, second = sorted(pair)
    moved = replace(chain[second], seq=first + 1), replace(chain[first], seq=second + 1)
    chain[first], chain[second] = moved

    fault = fault_of(chain, chain[-1].head)

    assert fault is not None
    assert fault.seq == first + 1


@given(at=st.integers(0, 5))
def test_an_entry_that_was_written_anew_with_its_digest_is_found_by_what_follows(at: int) -> None:
    chain = a_chain()
    head = chain[-1].head
    before = chain[at - 1].head if at else AuditHead()
    event = audit_event(AuditKind.DECISION, at=AT, actor="eve", subject="p")
    chain[at] = sealed(event, "shop", before)

    fault = fault_of(chain, head)

    assert fault is not None
    assert fault.seq in (at + 1, at + 2)


def test_a_chain_that_was_written_anew_as_a_whole_differs_from_a_noted_head() -> None:
    noted = a_chain()[3].head
    event = audit_event(AuditKind.DECISION, at=AT, actor="eve", subject="p")
    other: list[AuditEntry] = []
    for _ in range(6):
        other.append(sealed(event, "shop", other[-1].head if other else AuditHead()))

    reached = follow(AuditHead(), other, noted)

    assert reached == AuditFault(4, "it has another digest than the one noted")


def test_secrets_are_masked_before_they_are_sealed() -> None:
    event = audit_event(
        AuditKind.EXECUTION_REPORTED, at=AT, actor="x", subject="y", report="password=hunter2secret"
    )

    assert "hunter2secret" not in event.detail["report"]


@pytest.mark.parametrize("text", ["", "12", "x:" + "0" * 64, "1:" + "0" * 63, "-1:" + "0" * 64])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_head(text)
