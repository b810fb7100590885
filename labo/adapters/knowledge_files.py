"""Knowledge as files: what `labo knowledge export` wrote, and the pack that comes with the product.

A name that ends in `.gz` is compressed with gzip.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

from labo.domain.causality.edges import EdgeStatus
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.knowledge import Knowledge, from_json, to_json
from labo.errors import InvalidInput

PACK = "knowledge/pack.json.gz"
"""Below `labo/data/`; its card lies beside it."""
MOST_BYTES = 256 * 1024 * 1024
"""Of a file when it is decompressed, so that a small one cannot fill the memory."""


def read_knowledge(path: Path) -> Knowledge:
    """What `write_knowledge` or `labo knowledge export` wrote.

    Raises InvalidInput with the position in the file.
    """
    try:
        content = json.loads(_text(path))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InvalidInput("cannot be read", where=str(path), hint=str(error)) from error
    except (json.JSONDecodeError, RecursionError) as error:
        at = f":{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidInput("is not JSON", where=f"{path}{at}") from error
    try:
        return from_json(content)
    except InvalidInput as error:
        raise InvalidInput(
            error.message, where=f"{path}: {error.where}", hint=error.hint
        ) from error


def write_knowledge(path: Path, knowledge: Knowledge) -> None:
    """Write it; equal knowledge gives equal bytes."""
    compressed = path.suffix == ".gz"
    indent, separators = (None, (",", ":")) if compressed else (2, None)
    record = to_json(knowledge)
    text = json.dumps(record, ensure_ascii=False, indent=indent, separators=separators) + "\n"
    raw = text.encode()
    path.write_bytes(gzip.compress(raw, mtime=0) if compressed else raw)


def read_bundled() -> Knowledge:
    """The knowledge pack, as knowledge of elsewhere: its calibration was measured in the lab and
    makes nothing sure here, its problems and examples count as imported ones. Raises InvalidInput.
    """
    with as_file(files("labo.data").joinpath(PACK)) as path:
        return lent(read_knowledge(path))


def lent(knowledge: Knowledge) -> Knowledge:
    """`knowledge` as it counts in a workspace that imported it: nobody there decided its claims."""
    return replace(
        knowledge,
        problems=tuple(replace(one, is_imported=True) for one in knowledge.problems),
        edges=tuple(replace(one, status=EdgeStatus.PROPOSED) for one in knowledge.edges),
        training_examples=tuple(
            replace(one, is_imported=True) for one in knowledge.training_examples
        ),
        calibration=Calibration(),
    )


def _text(path: Path) -> str:
    if path.suffix != ".gz":
        return path.read_text(encoding="utf-8")
    with gzip.open(path) as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise InvalidInput(f"is larger than {MOST_BYTES} bytes", where=str(path))
    return raw.decode("utf-8")
