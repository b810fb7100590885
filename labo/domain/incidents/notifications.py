"""The notification about an incident, sent once per state that warrants one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the same when the same state is reported again. `data` holds plain JSON values;
    `text` is its rendering for people."""

    id: str
    kind: str
    sent_at: datetime
    title: str
    text: str
    data: Mapping[str, object]
