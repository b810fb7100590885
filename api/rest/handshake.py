"""CloudEvents' handshake: a sender asks by OPTIONS whether an address expects its events.

https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#4-abuse-protection
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import Response

from labo.errors import InvalidInput
from labo.expressions import expression

_NAME = expression(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
"""A DNS name; what else is sent as an origin must not come back in a header."""


def allow_origin(headers: Mapping[str, str]) -> Response:
    """Consent to the sender that the request names. A callback that it names is never fetched.

    Raises InvalidInput when it names none.
    """
    origin = headers.get("webhook-request-origin", "").strip()
    if _NAME.fullmatch(origin) is None:
        raise InvalidInput("a DNS name is required", where="WebHook-Request-Origin")
    answer = {"Allow": "OPTIONS, POST", "WebHook-Allowed-Origin": origin}
    if "webhook-request-rate" in headers:
        # Load is refused when it comes, by 503; there is no rate to promise.
        answer["WebHook-Allowed-Rate"] = "*"
    return Response(status_code=200, headers=answer)
