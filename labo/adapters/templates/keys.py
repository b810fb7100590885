"""The keys that are trusted in a folder, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources.abc import Traversable

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from securesystemslib.signer import SSlibKey

from labo.adapters.templates.envelope import MAX_BYTES, public_key
from labo.errors import InvalidInput

KEYS_FILE = "keys.json"


class KeyForm(BaseModel):
    """One entry of keys.json: the public half in hex, valid from `not_before` until before
    `not_after`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    public: str = Field(pattern="^[0-9a-f]{64}$")
    not_before: AwareDatetime
    not_after: AwareDatetime


FORM = TypeAdapter(dict[str, KeyForm])


@dataclass(frozen=True, slots=True)
class TrustedKey:
    key: SSlibKey
    not_before: datetime
    not_after: datetime

    def fault(self, now: datetime) -> str:
        """Why its signatures do not count now; empty when they do."""
        if now < self.not_before:
            return f"its key {self.key.keyid} is valid from {self.not_before.isoformat()} on"
        if now >= self.not_after:
            return f"its key {self.key.keyid} expired at {self.not_after.isoformat()}"
        return ""


def read_keys(folder: Traversable) -> Mapping[str, TrustedKey]:
    """The folder's keys, by name; none where there is no file. Raises InvalidInput."""
    entry = folder.joinpath(KEYS_FILE)
    if not entry.is_file():
        return {}
    try:
        text = entry.read_bytes()
        if len(text) > MAX_BYTES:
            raise InvalidInput(f"larger than {MAX_BYTES} bytes", where=KEYS_FILE)
        forms = FORM.validate_json(text)
    except (ValidationError, ValueError) as error:
        raise InvalidInput("the trusted keys cannot be read", where=KEYS_FILE) from error
    return {
        name: TrustedKey(
            public_key(name, bytes.fromhex(form.public)), form.not_before, form.not_after
        )
        for name, form in forms.items()
    }
