"""Addresses of other products, at which their senders find us: PagerDuty's and Alertmanager's.

Such a sender is given our address as it would be given the product's, and needs no setting else.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.rest.hooks import ANSWERS, receive_hook
from api.rest.incoming import read_body
from api.rest.senders import STRANGERS_BYTES, holder_of_routing_key
from labo.adapters.sources.alertmanager import PROMETHEUS
from labo.adapters.sources.bodies import decode_json
from labo.adapters.sources.pagerduty_events import (
    changed,
    dedup_key_of,
    enqueued,
    of_version_1,
)
from labo.bootstrap import App
from labo.domain.incidents.events import Event
from labo.errors import InvalidInput

router = APIRouter(tags=["events in"])


@router.post(
    "/api/v2/alerts", status_code=202, responses=ANSWERS, summary="Alertmanager's API for alerts"
)
async def post_alerts(request: Request) -> JSONResponse:
    """Alerts as Prometheus and the rulers of Loki, Mimir and VictoriaMetrics post them."""
    return await receive_hook(PROMETHEUS.name, request)


@router.post("/v2/enqueue", status_code=202, responses=ANSWERS, summary="PagerDuty Events API v2")
async def enqueue(request: Request) -> JSONResponse:
    """A drop-in for PagerDuty's endpoint: the routing key is a secret of ours, or a token."""
    payload = await _payload(request)
    dedup_key = await _enqueue(request, payload)
    return JSONResponse(
        {"status": "success", "message": "Event processed", "dedup_key": dedup_key}, 202
    )


@router.post(
    "/generic/2010-04-15/create_event.json", responses=ANSWERS, summary="PagerDuty Events API v1"
)
async def create_event(request: Request) -> JSONResponse:
    """The older endpoint, which Nagios' and others' plug-ins still use; its key is the same."""
    payload = of_version_1(await _payload(request))
    incident_key = await _enqueue(request, payload)
    return JSONResponse(
        {"status": "success", "message": "Event processed", "incident_key": incident_key}
    )


@router.post(
    "/v2/change/enqueue", status_code=202, responses=ANSWERS, summary="PagerDuty change events"
)
async def enqueue_change(request: Request) -> JSONResponse:
    """A drop-in for PagerDuty's endpoint for changes; each is kept as information."""
    payload = await _payload(request)
    workspace = await holder_of_routing_key(request, payload)
    await _accept_one(request, workspace, changed(payload))
    return JSONResponse({"status": "success", "message": "Change event processed"}, 202)


async def _payload(request: Request) -> object:
    """PagerDuty's own endpoints ignore the content type, and old senders omit it."""
    labo: App = request.app.state.labo
    limit = min(labo.settings.api.max_body_bytes, STRANGERS_BYTES)
    return decode_json(await read_body(request, limit))


async def _enqueue(request: Request, payload: object) -> str:
    """Accept a call in the form of version 2; the key by which later ones name it."""
    workspace = await holder_of_routing_key(request, payload)
    event, dedup_key = enqueued(payload), dedup_key_of(payload)
    await _accept_one(request, workspace, event)
    return dedup_key


async def _accept_one(request: Request, workspace: str, event: Event) -> None:
    """Raises InvalidInput when it was refused."""
    labo: App = request.app.state.labo
    done = await labo.workspace(workspace).events.accept([event])
    for one in done.refused:
        raise InvalidInput(one.reason, where="payload.timestamp")
