"""A report as PDF by Typst (ADR 0059)."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from importlib.resources import files

import typst

from labo.domain.escalation.report_document import Document

_TEMPLATE = files("labo.adapters.report_files").joinpath("report.typ").read_bytes()


def as_pdf(document: Document, written_at: datetime) -> bytes:
    """The file; the same document and moment give the same bytes on a machine.

    The document comes in as data, so that no text of it is read as Typst's markup. Fonts are those
    that Typst brings, and for scripts that they lack the machine's.
    """
    made = typst.compile(
        _TEMPLATE,
        sys_inputs={"document": json.dumps(asdict(document))},
        timestamp=int(written_at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst made more than one file")
    return made
