"""The one redactor: no secret of the corpus is left, and what is harmless stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.masking import HIDDEN, has_traces, hides, mask, redact, redact_value
from tests.builders.harmless import harmless_texts
from tests.builders.secrets_by_form import samples_by_form
from tests.builders.secrets_by_name import samples_by_name

SAMPLES = [*samples_by_form(1), *samples_by_name(1), *samples_by_form(2), *samples_by_name(2)]
LOG_LINES = Path(__file__).parents[3] / "data" / "logs" / "labelled.tsv"


def test_the_corpus_has_many_shapes() -> None:
    """At least sixty kinds of secrets, most of them in several texts."""
    assert len({sample.name.partition(":")[0] for sample in SAMPLES}) > 150


def test_no_secret_of_the_corpus_is_left() -> None:
    """Neither in a text, nor in one that is made visible and cut as well."""
    left = [
        sample
        for sample in SAMPLES
        for secret in sample.secrets
        if secret in redact(sample.text) or secret in mask(sample.text, 2_000)
    ]

    assert left == []


def test_no_secret_is_left_within_a_json_value() -> None:
    """As the raw payload of a message keeps it, whichever field has the text."""
    left = [
        sample
        for sample in SAMPLES
        for secret in sample.secrets
        if secret in json.dumps(redact_value({"alerts": [{"note": sample.text}]}))
    ]

    assert left == []


def test_line_breaks_may_be_escaped() -> None:
    """As in a log line of JSON; they stay escaped."""
    for sample in SAMPLES:
        written = sample.text.replace("\r", "\\r").replace("\n", "\\n")
        shown = redact(f"sent: first\\n{written}\\nlast")
        assert not [secret for secret in sample.secrets if secret in shown], sample
        assert "\n" not in shown


def test_what_was_masked_is_not_masked_again() -> None:
    """A text passes more than one edge."""
    twice = [one.name for one in SAMPLES if redact(redact(one.text)) != redact(one.text)]

    assert twice == []


def test_harmless_texts_stay_as_they_are() -> None:
    """Entropy alone never masks: digests, ids, images; nor do words about secrets."""
    masked = [text for seed in range(5) for text in harmless_texts(seed) if redact(text) != text]

    assert masked == []


def test_hardly_any_line_of_real_logs_is_masked() -> None:
    """At most one of two hundred."""
    lines = LOG_LINES.read_text(encoding="utf-8").splitlines()

    assert sum(redact(line) != line for line in lines) <= len(lines) / 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a password=x1y2, user=ada", "a password=***, user=ada"),
        ('{"token": "a b", "n": 1}', '{"token": "***", "n": 1}'),
        ("<db><password>x1</password></db>", "<db><password>***</password></db>"),
        ("GET /a?api_key=x1&page=2", "GET /a?api_key=***&page=2"),
        ("postgres://ada:x1@db/shop", "postgres://ada:***@db/shop"),
        ("curl -u ada:x1 https://a.test", "curl -u ada:*** https://a.test"),
        ("Authorization: Basic YWRhOng= sent", "Authorization: Basic *** sent"),
        ("Cookie: a=b1; c=d2 x", "Cookie: *** x"),
    ],
)
def test_the_text_around_a_secret_stays_readable(text: str, shown: str) -> None:
    """The name, the user and the quotes say what was there."""
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("prompt_tokens", 512, False),
        ("prompt_tokens", "512", False),
        ("token", 512, False),
        ("token", "512512", True),
        ("token_type", "Bearer", False),
        ("password", 123456, True),
        ("password", "none", False),
        ("pin", "1234", True),
        ("pin", "GPIO17", False),
        ("session_id", "0x14f05578bd80001", False),
        ("sessionId", "f3a9c1d2e4b5a6978812", True),
        ("author", "ada", False),
        ("", "x", False),
    ],
)
def test_the_name_and_the_value_decide(name: str, value: object, expected: bool) -> None:
    """A count of tokens is no secret, and a short code is one."""
    assert hides(name, value) is expected


def test_a_field_may_be_named_beside_its_value() -> None:
    """Lists of pairs, attributes of OTLP, and the data of a Kubernetes Secret."""
    assert redact_value(
        {
            "env": [{"name": "DB_PASSWORD", "value": "x1"}, {"name": "USER", "value": "ada"}],
            "attributes": [
                {"key": "api_key", "value": {"stringValue": "x1"}},
                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
            ],
            "manifest": {"kind": "Secret", "data": {"user": "YWRh"}},
        }
    ) == {
        "env": [{"name": "DB_PASSWORD", "value": HIDDEN}, {"name": "USER", "value": "ada"}],
        "attributes": [
            {"key": "api_key", "value": {"stringValue": HIDDEN}},
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
        ],
        "manifest": {"kind": "Secret", "data": HIDDEN},
    }


def test_many_secrets_in_a_text_are_masked_one_by_one() -> None:
    """As in a dump of an environment."""
    names = [f"PAYMENT_SERVICE_{number}_PASSWORD" for number in range(300)]

    shown = redact(" ".join(f"{name}=hunter{name[-12:]}" for name in names))

    assert shown == " ".join(f"{name}=***" for name in names)


def test_names_that_stand_closer_than_in_any_program_hide_the_rest() -> None:
    """So that nobody's line costs more than others of its length."""
    shown = redact("started pin=" + "pin=" * 5_000 + "1234 token=abcdefgh")

    assert shown.startswith("started pin=pin=")
    assert shown.endswith("pin=***")
    assert "abcdefgh" not in shown


@given(st.text(max_size=200))
def test_a_text_without_traces_is_returned_as_it_is(text: str) -> None:
    """The one look is never wrong in that direction."""
    if not has_traces(text):
        assert redact(text) is text
