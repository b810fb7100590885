"""What is told about an incident, once per state worth telling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """`id` stays the same when the same state is told again. `data` holds plain JSON values;
    `text` is its rendering for people."""

    id: str
    kind: str
    sent_at: datetime
    title: str
    text: str
    data: Mapping[str, object]
