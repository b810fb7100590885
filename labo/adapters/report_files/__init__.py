"""Expert reports as files: Markdown, HTML and PDF, all from one document."""

from __future__ import annotations

from enum import StrEnum

from labo.adapters.report_files.html import as_html
from labo.adapters.report_files.markdown import as_markdown
from labo.domain.escalation.report_document import document_of
from labo.domain.escalation.reports import Report


class Format(StrEnum):
    """The value is the file's extension."""

    MARKDOWN = "md"
    HTML = "html"
    PDF = "pdf"


MEDIA_TYPES = {
    Format.MARKDOWN: "text/markdown; charset=utf-8",
    Format.HTML: "text/html; charset=utf-8",
    Format.PDF: "application/pdf",
}


def render(report: Report, chosen: Format) -> bytes:
    """The report's file; the same report gives the same bytes. PDF takes 50 to 500 ms."""
    document = document_of(report)
    match chosen:
        case Format.MARKDOWN:
            return as_markdown(document).encode()
        case Format.HTML:
            return as_html(document).encode()
        case Format.PDF:
            # Imported here: 80 MB that only who asks for a PDF should load.
            from labo.adapters.report_files.pdf import as_pdf

            return as_pdf(document, report.created_at)
