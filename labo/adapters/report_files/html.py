"""A report as one HTML page without scripts, links or anything to fetch."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from labo.domain.escalation.report_document import Document, Line, marks

_STYLE = (
    "body{font:16px/1.5 Georgia,serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h1,h2{font-family:Helvetica,Arial,sans-serif;line-height:1.2}h2{margin-top:2rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:1rem 0}"
    "dt{font-weight:bold}dd{margin:0}li{margin:.3rem 0;overflow-wrap:anywhere}"
    ".marks{color:#666;font-size:.85em}"
)
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
"""The content security policy that the page itself demands: its one style and nothing else."""


def as_html(document: Document) -> str:
    """The whole page."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    title = escape(document.title)
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1><dl>"
    for label, value in document.about:
        yield f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>"
    yield f"</dl><p>{escape(document.note)}</p>"
    for section in document.sections:
        yield f"<h2>{escape(section.title)}</h2><ul>"
        yield from map(_item, section.lines)
        yield "</ul>"
    yield "</body></html>"


def _item(line: Line) -> str:
    behind = marks(line)
    shown = f' <span class="marks">{escape(behind)}</span>' if behind else ""
    details = "".join(map(_item, line.details))
    return f"<li>{escape(line.text)}{shown}{f'<ul>{details}</ul>' if details else ''}</li>"
