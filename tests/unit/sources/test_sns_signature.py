"""Messages that Amazon signed, by a certificate made here."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from api.rest.sns import Certificates, check_message
from labo.adapters.sources.sns_signature import signed_text
from labo.adapters.sources.sns_urls import is_certificate_url, is_sns_url
from labo.errors import InvalidInput, Unauthenticated

NOW = datetime(2026, 11, 29, 10, 5, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:1:alarms"
URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(starts: datetime = NOW - timedelta(days=1)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(starts)
        .not_valid_after(starts + timedelta(days=30))
        .sign(KEY, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def a_message(**more: str) -> dict[str, object]:
    message: dict[str, object] = {
        "Type": "Notification",
        "MessageId": "m",
        "TopicArn": TOPIC,
        "Subject": "ALARM: \u00e9",
        "Message": "{}",
        "Timestamp": "2026-11-29T10:00:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": URL,
        **more,
    }
    signature = KEY.sign(signed_text(message), padding.PKCS1v15(), hashes.SHA256())
    return {**message, "Signature": base64.b64encode(signature).decode()}


async def check(message: object, pem: bytes | None = None) -> list[str]:
    fetched: list[str] = []

    async def fetch(url: str) -> bytes:
        fetched.append(url)
        return pem or certificate()

    await check_message(message, [TOPIC], Certificates(fetch), NOW)
    return fetched


async def test_a_signed_message_of_an_expected_topic_is_accepted() -> None:
    """Its certificate is fetched from SNS."""
    assert await check(a_message()) == [URL]
    assert await check(a_message(Type="SubscriptionConfirmation", Token="t", SubscribeURL="u"))


@pytest.mark.parametrize(
    "message",
    [
        {**a_message(), "Message": "forged"},
        {**a_message(), "Signature": "AAAA"},
        {**a_message(), "Signature": None},
        a_message(TopicArn="arn:aws:sns:eu-west-1:2:mine"),
        a_message(SignatureVersion="1"),
        a_message(SigningCertURL="https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"),
        a_message(Timestamp="2026-11-29T08:00:00.000Z"),
        {},
        [],
    ],
    ids=range(9),  # signatures differ from run to run
)
async def test_what_amazon_did_not_sign_for_us_is_refused(message: object) -> None:
    """A topic of anybody's own is signed too, so the topic has to be expected."""
    with pytest.raises(Unauthenticated):
        await check(message)


async def test_a_message_without_a_readable_time_is_malformed() -> None:
    """It could be replayed for ever."""
    with pytest.raises(InvalidInput):
        await check(a_message(Timestamp="soon"))


@pytest.mark.parametrize(
    "pem", [b"none", certificate(NOW - timedelta(days=90))], ids=["none", "past"]
)
async def test_a_certificate_has_to_be_valid(pem: bytes) -> None:
    """Neither anything else nor one of the past."""
    with pytest.raises(Unauthenticated):
        await check(a_message(), pem)


@pytest.mark.parametrize(
    ("url", "is_sns", "is_certificate"),
    [
        (URL, True, True),
        ("https://sns.cn-north-1.amazonaws.com.cn/?Action=ConfirmSubscription", True, False),
        ("http://sns.eu-west-1.amazonaws.com/a.pem", False, False),
        ("https://sns.eu-west-1.amazonaws.com:8443/a.pem", False, False),
        ("https://sns.eu-west-1.amazonaws.com@evil.example/a.pem", False, False),
        ("https://evil.example/sns.eu-west-1.amazonaws.com/a.pem", False, False),
        ("https://bucket.s3.amazonaws.com/a.pem", False, False),
        ("https://sns.eu-west-1.amazonaws.com/other.pem", True, False),
        ("https://[", False, False),
        ("", False, False),
    ],
)
def test_only_snss_own_addresses_are_amazons(url: str, is_sns: bool, is_certificate: bool) -> None:
    """Anybody may rent a name below amazonaws.com."""
    assert (is_sns_url(url), is_certificate_url(url)) == (is_sns, is_certificate)
