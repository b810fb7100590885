"""Who may send: secrets and signatures over the raw bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.adapters.sources import SOURCES
from labo.adapters.sources.pagerduty_events import has_routing_key
from labo.errors import Unauthenticated

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BODY = b'{"alerts": []}'
SECRETS = ["the-old-one", "the-new-one"]


def signed(secret: str, text: bytes = BODY) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def basic(log_in: str) -> str:
    return "Basic " + base64.b64encode(log_in.encode()).decode()


def verified(source: str, headers: dict[str, str], body: bytes = BODY) -> bool:
    return SOURCES[source].verify(headers, body, SECRETS, NOW)


@pytest.mark.parametrize(
    ("authorization", "fits"),
    [
        ("Bearer the-old-one", True),
        ("bearer the-new-one", True),
        (basic("prometheus:the-new-one"), True),
        ("Bearer another", False),
        ("Bearer ", False),
        (basic("the-new-one:"), False),
        ("Basic !!!", False),
        ("Basic /w==", False),
        ("Digest the-new-one", False),
        ("", False),
    ],
)
def test_a_shared_secret_comes_as_bearer_or_basic_password(authorization: str, fits: bool) -> None:
    """Any of the active ones, so that senders can be moved one by one."""
    assert verified("alertmanager", {"authorization": authorization}) is fits


def test_no_secret_is_active_by_default() -> None:
    """An empty secret opens nothing."""
    verify = SOURCES["alertmanager"].verify

    assert not verify({"authorization": "Bearer "}, BODY, [""], NOW)
    assert not verify({"authorization": "Bearer x"}, BODY, [], NOW)


@pytest.mark.parametrize("secret", SECRETS)
def test_grafana_signs_the_body_or_timestamp_and_body(secret: str) -> None:
    """The timestamp is covered by the signature where it is sent."""
    stamp = str(int(NOW.timestamp()))
    plain = {"x-grafana-alerting-signature": signed(secret)}
    stamped = {
        "x-grafana-alerting-signature": signed(secret, stamp.encode() + b":" + BODY),
        "x-grafana-alerting-timestamp": stamp,
    }

    assert verified("grafana", plain)
    assert verified("grafana", stamped)
    with pytest.raises(Unauthenticated):
        verified("grafana", {**plain, "x-grafana-alerting-timestamp": stamp})
    with pytest.raises(Unauthenticated):
        verified("grafana", plain, BODY + b" ")


@pytest.mark.parametrize("stamp", ["0", "nan", "inf", "x", ""])
def test_an_old_or_odd_timestamp_is_refused_though_signed(stamp: str) -> None:
    """A replay after five minutes, or a figure that compares with nothing."""
    headers = {
        "x-grafana-alerting-signature": signed(SECRETS[0], stamp.encode() + b":" + BODY),
        "x-grafana-alerting-timestamp": stamp,
    }
    with pytest.raises(Unauthenticated):
        verified("grafana", headers)


@pytest.mark.parametrize(("seconds", "fits"), [(-299, True), (299, True), (-301, False)])
def test_five_minutes_are_tolerated_either_way(seconds: int, fits: bool) -> None:
    """Clocks differ."""
    stamp = str((NOW + timedelta(seconds=seconds)).timestamp())
    headers = {
        "x-labo-signature": "sha256=" + signed(SECRETS[0], stamp.encode() + b":" + BODY),
        "x-labo-timestamp": stamp,
    }
    try:
        result = verified("generic", headers)
    except Unauthenticated:
        result = False

    assert result is fits


def test_one_of_several_pagerduty_signatures_suffices() -> None:
    """During a rotation PagerDuty signs with both secrets."""
    header = f"v1={'0' * 64}, v1={signed(SECRETS[1])},v2=ignored"

    assert verified("pagerduty", {"x-pagerduty-signature": header})
    with pytest.raises(Unauthenticated):
        verified("pagerduty", {"x-pagerduty-signature": signed(SECRETS[1])})
    assert verified("pagerduty", {"authorization": "Bearer the-old-one"})


def test_the_routing_key_is_one_of_the_secrets() -> None:
    """Events v2 carries it in the body."""
    assert has_routing_key({"routing_key": "the-new-one"}, SECRETS)
    assert not has_routing_key({"routing_key": ""}, ["", *SECRETS])
    assert not has_routing_key({}, SECRETS)


@given(signature=st.text(max_size=70))
def test_no_invented_signature_passes(signature: str) -> None:
    """Whatever text it is, also beyond ASCII."""
    for source, header in (
        ("grafana", "x-grafana-alerting-signature"),
        ("pagerduty", "x-pagerduty-signature"),
        ("generic", "x-labo-signature"),
    ):
        with pytest.raises(Unauthenticated):
            verified(source, {header: signature})
