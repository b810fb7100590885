"""Expert reports as files. Needs a token with the scope `read`."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import authenticate
from graph import reports
from labo.adapters.report_files import MEDIA_TYPES, Format, render
from labo.adapters.report_files.html import POLICY
from labo.bootstrap import App
from labo.domain.entities.tokens import Scope
from labo.errors import Forbidden, NotFound

router = APIRouter(tags=["reports"])

_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"description": "The file"},
    401: {"description": "No credential"},
    403: {"description": "The token lacks the scope `read`"},
    404: {"description": "No such report, or no such format"},
}


@router.get("/api/reports/{name}", responses=_ANSWERS, summary="Download an expert report")
async def download(name: str, request: Request) -> Response:
    """`name` is the report's key and a format's extension: md, html or pdf."""
    principal = await authenticate(request)
    if not principal.has(Scope.READ):
        raise Forbidden("the token lacks the scope `read`")
    key, _, extension = name.rpartition(".")
    if extension not in {one.value for one in Format}:
        raise NotFound("a report's formats are md, html and pdf", where=name[:100])
    chosen = Format(extension)
    labo: App = request.app.state.labo
    report = await reports.get(labo.workspace(principal.workspace).graph, key)
    content = await asyncio.to_thread(render, report, chosen)
    headers = {
        "Content-Disposition": f'attachment; filename="report-{report.id}.{chosen.value}"',
        "Content-Security-Policy": f"{POLICY}; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=MEDIA_TYPES[chosen], headers=headers)
