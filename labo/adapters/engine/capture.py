"""Windows of a run, as case folders that the living engine writes and Labo reads like any other.

Only the caller knows what was injected; no file that contains it is ever requested.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, TypeAdapter, ValidationError

from labo.adapters.cases.reading import read_case
from labo.adapters.engine.child import ask_engine
from labo.children import python_module
from labo.domain.entities.series import Case
from labo.domain.lab.scenarios import Capture, Fault
from labo.errors import InvalidInput, Unavailable

ENGINE = python_module("engine")
CAPTURE_TIMEOUT_S = 300.0
LIST_TIMEOUT_S = 30.0
MOST_ANSWER_BYTES = 1024 * 1024
MOST_FOLDER_BYTES = 512 * 1024 * 1024

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_PART = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


class _Kind(BaseModel):
    """The engine's description of one kind of fault."""

    components: tuple[str, ...]


_KINDS = TypeAdapter(dict[str, _Kind])


async def capture_case(capture: Capture) -> Case:
    """See `labo.ports.scenario_runner`."""
    options = [
        f"--seed={capture.seed}",
        f"--seconds={capture.seconds}",
        f"--interval={capture.interval}",
        f"--epoch={datetime.fromtimestamp(capture.epoch, UTC).isoformat()}",
        "--quiet",
        *(f"--fault={written(fault)}" for fault in capture.faults),
    ]
    system = _system(capture.system)
    with TemporaryDirectory(prefix="labo-capture-") as room:
        folder = Path(room) / f"{system}-{capture.seed}"
        command = (*ENGINE, "run", system, f"--case-folder={folder}", *options)
        await ask_engine(command, timeout_s=CAPTURE_TIMEOUT_S, most_bytes=MOST_ANSWER_BYTES)
        if sum(file.stat().st_size for file in folder.iterdir()) > MOST_FOLDER_BYTES:
            raise Unavailable(f"the engine wrote more than {MOST_FOLDER_BYTES} bytes")
        return await asyncio.to_thread(read_case, folder)


async def read_faults(system: str) -> Mapping[str, tuple[str, ...]]:
    """See `labo.ports.scenario_runner`."""
    command = (*ENGINE, "faults", _system(system), "--json")
    answer = await ask_engine(command, timeout_s=LIST_TIMEOUT_S, most_bytes=MOST_ANSWER_BYTES)
    try:
        kinds = _KINDS.validate_json(answer)
    except ValidationError as error:
        raise Unavailable("the engine's answer can't be read", where="engine") from error
    return {kind: described.components for kind, described in kinds.items()}


def written(fault: Fault) -> str:
    """The fault as the engine's command line takes it. Raises InvalidInput."""
    if not _PART.fullmatch(fault.kind) or not _PART.fullmatch(fault.target):
        raise InvalidInput(
            f"a fault has a kind and a component, not {fault.kind!r} and {fault.target!r}",
            where="faults",
        )
    settings: dict[str, float | str] = {**fault.parameters, "onset": fault.at}
    if fault.seconds is not None:
        settings["duration"] = fault.seconds
    for key, value in settings.items():
        if not _PART.fullmatch(key) or (isinstance(value, str) and not _PART.fullmatch(value)):
            raise InvalidInput(f"{key}={value!r} is not a setting of a fault", where="faults")
    described = ",".join(f"{key}={value}" for key, value in settings.items())
    return f"{fault.kind}:{fault.target}:{described}"


def _system(name: str) -> str:
    """The name itself; the engine's command line would take a path too."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} is not a valid system name",
            where="system",
            hint="streaming, or random-COMPONENTS-SEED",
        )
    return name
