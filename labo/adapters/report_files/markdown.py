"""A report as Markdown (CommonMark). Its texts come from anybody: none of them is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labo.domain.escalation.report_document import Document, Line, marks

_MARKUP = re.compile(r"([\\`*_\[\]<>!#|~&@$^])")
_LINK = re.compile(r":(?=//)|\.(?<=www\.)", re.IGNORECASE)
_LEADING = re.compile(r"^(\s*)([-+=:]|\d+(?=[.)]))")


def as_markdown(document: Document) -> str:
    """Headings, lists and texts; no link, image or HTML, so that a viewer fetches nothing."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {escaped(document.title)}"
    yield ""
    for label, value in document.about:
        yield f"- **{escaped(label)}**: {escaped(value)}"
    yield ""
    yield escaped(document.note)
    for section in document.sections:
        yield ""
        yield f"## {escaped(section.title)}"
        yield ""
        for line in section.lines:
            yield from _items(line, "")


def _items(line: Line, indent: str) -> Iterator[str]:
    behind = escaped(marks(line))
    yield f"{indent}- {escaped(line.text)}{' ' if behind else ''}{behind}"
    for detail in line.details:
        yield from _items(detail, f"{indent}  ")


def escaped(text: str) -> str:
    r"""`text` so that it is shown as it is, on one line.

    >>> escaped("# **x** <b> ![a](http://b) [1]")
    '\\# \\*\\*x\\*\\* \\<b\\> \\!\\[a\\](http\\://b) \\[1\\]'
    >>> escaped("1. - no list"), escaped("- none")
    ('1\\. - no list', '\\- none')
    """
    one_line = " ".join(text.split())
    safe = _LINK.sub(lambda match: f"\\{match[0]}", _MARKUP.sub(r"\\\1", one_line))
    return _LEADING.sub(_unlisted, safe)


def _unlisted(match: re.Match[str]) -> str:
    # A figure can't be escaped; what follows it can.
    return f"{match[1]}{match[2]}\\" if match[2].isdigit() else f"{match[1]}\\{match[2]}"
