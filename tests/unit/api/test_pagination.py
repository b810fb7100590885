from __future__ import annotations

import base64
import json

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.pagination import (
    MAX_PAGE,
    NodeType,
    connection,
    cursor,
    key_of,
    window,
)
from labo.errors import InvalidInput

sorts = st.one_of(
    st.text(max_size=30),
    st.integers(1 - 2**63, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)


@strawberry.type(name="Thing")
class ThingType(NodeType):
    pass


@given(sorts, st.text(max_size=30), st.integers(1, MAX_PAGE))
def test_a_cursor_leads_back_to_its_position(sort: str | float, key: str, first: int) -> None:
    """What a cursor holds is read back exactly."""
    asked = window(first, cursor(sort, key))

    assert (asked.after_sort, asked.after_key, asked.limit) == (sort, key, first + 1)


@given(st.text(max_size=60))
def test_any_other_text_is_a_cursor_or_refused(text: str) -> None:
    """Whatever a client sends as cursor: a position or InvalidInput, nothing else."""
    try:
        window(10, text)
    except InvalidInput as error:
        assert error.where == "after"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists))
def test_forged_cursors_are_refused_unless_well_formed(value: object) -> None:
    """JSON of another shape inside the encoding is refused."""
    forged = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
    is_position = (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str | int | float)
        and not isinstance(value[0], bool)
        and isinstance(value[1], str)
    )

    if is_position:
        assert window(1, forged).after_key is not None
    else:
        with pytest.raises(InvalidInput):
            window(1, forged)


@pytest.mark.parametrize("first", [0, -1, MAX_PAGE + 1])
def test_page_sizes_have_bounds(first: int) -> None:
    """Fewer than one or more than the largest page is refused by name."""
    with pytest.raises(InvalidInput) as caught:
        window(first)

    assert caught.value.where == "first"


@pytest.mark.parametrize("sort", ["", "yesterday", "2026-03-01T12:00:00", 5])
def test_a_moment_needs_a_time_with_zone(sort: str | int) -> None:
    """A cursor of another field is refused where a time is expected."""
    with pytest.raises(InvalidInput):
        _ = window(1, cursor(sort, "key")).moment


def test_a_page_knows_whether_more_follows() -> None:
    """One row more than the page means a next page, which begins behind the last one shown."""
    rows = [("a", 3), ("b", 2), ("c", 1)]

    page = connection(
        rows,
        window(2),
        node=lambda row: row[0],
        position=lambda row: (row[1], row[0]),
    )

    assert page.nodes() == ["a", "b"]
    assert page.page_info.has_next_page
    assert window(2, page.page_info.end_cursor).after_sort == 2


def test_an_empty_page_has_no_cursor() -> None:
    """Nothing found: no edges, no next page, no cursor."""
    page = connection([], window(2), node=str, position=lambda row: (row, row))

    assert page.edges == []
    assert page.page_info.end_cursor is None
    assert not page.page_info.has_next_page


@given(st.text(max_size=40))
def test_an_id_leads_back_to_its_key(key: str) -> None:
    """The global id of any key names that key again."""
    assert key_of(ThingType, ThingType(key=key).id()) == key


@given(st.text(alphabet="0123456789abcdef", min_size=8, max_size=32))
def test_plain_digests_are_keys(key: str) -> None:
    """A hexadecimal key given as it is stays as it is."""
    assert key_of(ThingType, key) == key
