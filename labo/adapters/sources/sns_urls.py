"""Which addresses are Amazon SNS's own: of its certificates, and of what it asks people to open."""

from __future__ import annotations

from urllib.parse import urlsplit

from labo.expressions import expression

_HOST = expression(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
"""Anybody may rent other names below amazonaws.com: a bucket's, for one."""
_CERTIFICATE = expression(r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem")


def is_sns_url(url: str) -> bool:
    """Whether a link leads to SNS itself: https, its host, its port, and no log-in."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and port in (None, 443)
        and "@" not in parts.netloc
        and _HOST.fullmatch(parts.hostname or "") is not None
    )


def is_certificate_url(url: str) -> bool:
    """Whether SNS may keep a certificate there: a file of its kind at its own address."""
    return is_sns_url(url) and _CERTIFICATE.fullmatch(urlsplit(url).path) is not None
