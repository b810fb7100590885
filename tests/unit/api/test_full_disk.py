"""What a sender is answered while the disk is nearly full."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from api.rest.incoming import read_body
from labo.errors import Unavailable
from labo.stack.disk import DiskReserve


async def test_nothing_is_read_while_the_disk_is_nearly_full(tmp_path: Path) -> None:
    """503 with Retry-After, before the body: a sender keeps what it could not deliver."""

    async def receive() -> dict[str, object]:
        raise AssertionError("the body was read")

    app = FastAPI()
    app.state.disk = DiskReserve(tmp_path, 1 << 62)
    request = Request({"type": "http", "app": app, "headers": []}, receive)

    with pytest.raises(Unavailable) as caught:
        await read_body(request, 100)

    assert (caught.value.message, caught.value.retry_after) == ("the disk is nearly full", 30)
