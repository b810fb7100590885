"""Nothing secret and nothing unbounded leaves the normaliser."""

from __future__ import annotations

import json

from labo.adapters.sources.redaction import MAX_LABELS, MAX_RAW, clean, clean_labels, raw_json


def test_values_of_secret_names_are_masked_at_any_depth() -> None:
    """The name decides, whatever the value is."""
    payload = {"a": [{"Password": "x1", "db_token": {"v": "x2"}}], "Authorization": "x3", "ok": "y"}

    assert json.loads(raw_json(payload)) == {
        "a": [{"Password": "***", "db_token": "***"}],
        "Authorization": "***",
        "ok": "y",
    }


def test_logins_in_urls_and_headers_are_masked_within_text() -> None:
    """Descriptions quote requests."""
    assert clean("see https://me:pw@h.example/x?a=b") == "see https://me:***@h.example/x?a=b"
    assert clean("sent Bearer abcdefgh1234") == "sent Bearer ***"
    assert raw_json({"u": "amqp://u:p@mq"}) == '{"u":"amqp://u:***@mq"}'


def test_text_is_cut_and_made_storable() -> None:
    """A lone surrogate cannot be written as UTF-8."""
    assert clean("a\ud800b") == "a?b"
    assert len(clean("x" * 5000)) == 1000


def test_labels_are_bounded_and_masked() -> None:
    """Empty ones say nothing; a hundred are enough."""
    labels = clean_labels({"secret_name": "s", "none": None, "empty": "", "n": 1, "b": True})

    assert labels == {"secret_name": "***", "n": "1", "b": "true"}
    assert len(clean_labels({str(n): n for n in range(1000)})) == MAX_LABELS


def test_a_long_payload_is_kept_in_part_as_json() -> None:
    """`raw` stays JSON whatever its length."""
    raw = raw_json({"x": "y" * 100_000})

    assert len(raw) <= MAX_RAW
    assert json.loads(raw)["truncated"].startswith('{"x":"yyy')
