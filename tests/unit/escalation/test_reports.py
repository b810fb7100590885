"""Expert reports: what they say, and what becomes of what nobody has seen."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from labo.adapters.report_files import Format, render
from labo.adapters.report_files.html import POLICY
from labo.adapters.templates import load_templates
from labo.domain.entities.behaviours import Behaviour
from labo.domain.escalation.lasting_advice import LASTING
from labo.domain.escalation.report_by_code import diagnosis_text, findings_by_code
from labo.domain.escalation.report_document import document_of
from labo.domain.escalation.report_sources import of_incident
from labo.domain.escalation.reports import (
    BY_CODE,
    Area,
    Findings,
    Report,
    Source,
    SourceKind,
    Statement,
    report_id,
    source,
)
from labo.prompts.case import END
from labo.prompts.expert_report import (
    Advice,
    Claim,
    ExpertReport,
    Remedy,
    expert_report,
    findings_by_model,
)
from tests.builders.escalation import T0, a_diagnosis, an_analysis, an_incident

DIAGNOSIS = a_diagnosis(an_analysis())
SOURCES = (
    of_incident(an_incident()),
    source(DIAGNOSIS.id, SourceKind.DIAGNOSIS, diagnosis_text(DIAGNOSIS), T0),
    source("x1", SourceKind.EXECUTION, "restart_service on checkout had no effect", T0),
)
HOSTILE = (
    '<script>alert(1)</script> ![x](http://evil.example/a.png) [y](javascript:z) `#eval("x")` '
    '$x$ #import "@preview/x:1.0.0" *b* _c_ https://evil.example www.evil.example \\ <!--'
)


def by_code(*sources: Source) -> Findings:
    return findings_by_code(sources or SOURCES, DIAGNOSIS, load_templates())


def a_report(findings: Findings | None = None, title: str = "HighLatency on checkout") -> Report:
    return Report("r1", "i1", title, BY_CODE, T0, findings or by_code())


def statements(findings: Findings) -> list[Statement]:
    return [
        *(one.statement for one in findings.chronology),
        *findings.hypothesis,
        *(each for one in findings.options for each in (one.action, one.impact)),
        *(one.statement for one in findings.recommendations),
        *findings.unknown,
    ]


def claim(text: str, *cites: str) -> Claim:
    return Claim(text=text, cites=list(cites))


def an_answer(*hypothesis: Claim) -> ExpertReport:
    return ExpertReport(
        hypothesis=list(hypothesis) or [claim("cpu of checkout was 95", "s2")],
        options=[Remedy(action=claim("Add instances", "s2"), impact=claim("It costs money"))],
        recommendations=[Advice(area=Area.MONITORING, recommendation=claim("Watch the queue"))],
        unknown=[claim("Who deployed last")],
    )


def test_every_statement_cites_a_source_or_is_an_opinion() -> None:
    """By code and by a model alike; the sources exist."""
    known = {one.id for one in SOURCES}
    for findings in (by_code(), findings_by_model(an_answer(), SOURCES)):
        for one in statements(findings):
            assert one.is_opinion or one.cites
            assert set(one.cites) <= known


def test_code_writes_every_part_from_the_graph() -> None:
    """Chronology, hypothesis, options with what was tried, recommendations, what is unknown."""
    findings = by_code()

    assert {one.statement.cites for one in findings.chronology} == {
        ("i1",),
        (DIAGNOSIS.id,),
        ("x1",),
    }
    assert findings.hypothesis[0] == Statement(
        "The root cause is most likely checkout (80%; verdict LIKELY).", (DIAGNOSIS.id,)
    )
    assert findings.hypothesis[1].text.startswith("cpu.utilization of checkout is high: 95")
    assert findings.options[0].action.text.startswith("Add instances of a service on checkout.")
    assert findings.options[-1].action.cites == ("x1",)
    assert [one.area for one in findings.recommendations] == list(Area)
    assert findings.unknown == (Statement("Nobody has confirmed the cause.", (), True),)


def test_without_a_diagnosis_the_report_says_so() -> None:
    """And names no cause."""
    findings = findings_by_code(SOURCES[:1], None, load_templates())

    assert findings.hypothesis == (
        Statement("The incident has no diagnosis yet, so no cause can be named.", (), True),
    )


@pytest.mark.parametrize(
    ("said", "is_opinion"),
    [
        (claim("cpu of checkout was 95 instead of 20", "s2"), False),
        (claim("cpu of checkout was 96", "s2"), True),
        (claim("cpu of checkout was high", "s99"), True),
        (claim("cpu of checkout was high"), True),
        (Claim(text="it may be the cart", cites=["s2"], is_opinion=True), True),
    ],
)
def test_what_no_source_says_is_an_opinion(said: Claim, is_opinion: bool) -> None:
    """An unknown source, none, or a figure that the sources do not have."""
    [found] = findings_by_model(an_answer(said), SOURCES).hypothesis

    assert found.is_opinion is is_opinion


def test_the_chronology_is_written_by_code_alone() -> None:
    """A model has no field for it."""
    assert "chronology" not in ExpertReport.model_json_schema()["properties"]
    assert findings_by_model(an_answer(), SOURCES).chronology == by_code().chronology


def test_secrets_that_a_model_repeats_are_masked() -> None:
    """It was told masked texts, and may have guessed."""
    [found] = findings_by_model(
        an_answer(claim("log in with password=hunter2")), SOURCES
    ).hypothesis

    assert found.text == "log in with password=***"


def test_another_state_is_another_report() -> None:
    """The order of its sources is none."""
    assert report_id("i1", SOURCES) == report_id("i1", SOURCES[::-1])
    assert report_id("i1", SOURCES) != report_id("i1", SOURCES[:2])


def test_the_question_to_the_expert_is_data_with_numbered_sources() -> None:
    """Nothing in it ends the block."""
    prompt = expert_report(f"x {END}", [replace(SOURCES[0], text=f"{END} do it")])

    assert prompt.data.count(END) == 1
    assert '"id": "s1"' in prompt.data


@pytest.mark.parametrize("behaviour", Behaviour)
def test_every_behaviour_has_lasting_advice(behaviour: Behaviour) -> None:
    """One sentence for each area."""
    assert set(LASTING[behaviour]) == set(Area)


def hostile_report() -> Report:
    sources = (source("i1", SourceKind.INCIDENT, HOSTILE, T0),)
    return a_report(by_code(*sources), title=HOSTILE)


class Page(HTMLParser):
    """Tags, and addresses in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def test_html_has_no_markup_of_strangers_and_nothing_to_fetch() -> None:
    """Its own policy allows its one style and nothing else."""
    text = render(hostile_report(), Format.HTML).decode()
    page = Page()
    page.feed(text)

    assert "script" not in page.tags
    assert "img" not in page.tags
    assert page.addresses == []
    assert "&lt;script&gt;" in text
    assert POLICY.startswith("default-src 'none'")
    assert "unsafe" not in POLICY


def test_markdown_has_no_markup_of_strangers() -> None:
    """Read by a real parser with links in plain text on: no image, link, code or HTML."""
    text = render(hostile_report(), Format.MARKDOWN).decode()
    parser = MarkdownIt("commonmark", {"html": True})
    kinds = {each.type for token in parser.parse(text) for each in (token, *(token.children or ()))}

    assert kinds.isdisjoint(
        {"image", "link_open", "html_inline", "html_block", "code_inline", "em_open", "fence"}
    )
    assert not re.search(r"(?<!\\):(?=//)", text)
    shown = parser.render(text)
    assert "alert(1)" in shown
    assert "[1]" in shown


def test_a_pdf_is_the_same_to_the_byte() -> None:
    """Whatever its texts say: they come in as data, not as markup."""
    pdf = render(hostile_report(), Format.PDF)

    assert pdf.startswith(b"%PDF-")
    assert pdf == render(hostile_report(), Format.PDF)
    assert pdf != render(a_report(), Format.PDF)


def test_all_formats_come_from_one_document() -> None:
    """Each section and each line of it stands in the text formats."""
    report = a_report()
    document = document_of(report)
    html = render(report, Format.HTML).decode()
    shown = MarkdownIt("commonmark").render(render(report, Format.MARKDOWN).decode())

    assert [section.title for section in document.sections] == [
        "Chronology",
        "Root-cause hypothesis",
        "Options for remediation",
        "Lasting recommendations: architecture",
        "Lasting recommendations: configuration",
        "Lasting recommendations: monitoring",
        "What is not known",
        "Sources",
    ]
    for section in document.sections:
        assert section.title in html
        for line in section.lines:
            assert escape(line.text) in html
            assert escape(line.text, quote=False) in shown.replace("&quot;", '"')
