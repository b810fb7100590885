"""Every regular expression of the product takes time in proportion to the text, whatever it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from labo.domain.entities.masking import mask, redact, secrecy, visible
from labo.domain.telemetry.logs.formats import built_in_formats
from labo.domain.telemetry.logs.parser import LineParser
from labo.expressions import expression
from tests.builders.expressions import ROOT, Used, built_patterns, used_expressions
from tests.builders.growth import hostile_units, superlinear

OURS = {"graph.statements._IGNORED": "reads the statements that come with the product"}
BUILT = {
    "labo/adapters/cases/reading.py": "finds a field of ours for an error's line",
    "labo/adapters/log_files/segments.py": "an escaped file name, anchored",
    "labo/domain/diagnosis/localisation/telemetry_signals.py": "escaped names, side by side",
    "labo/domain/entities/conditions.py": "two words before the module's own expression",
    "labo/domain/entities/keys.py": "a code of two digits",
    "labo/domain/escalation/action_templates.py": "of a signed template, on a bounded value",
    "labo/domain/telemetry/logs/formats.py": "a user's own format, and ours at import",
}
"""Where patterns are made at run time, and why they are not among the others."""

EXPRESSIONS = used_expressions()


@pytest.mark.parametrize("used", EXPRESSIONS, ids=lambda used: used.where)
def test_no_expression_is_slower_than_linear(used: Used) -> None:
    """A text eight times as long takes about eight times as long, for its worst texts too."""
    if used.where in OURS:
        return
    for work in used.works:
        assert superlinear(work, hostile_units(used.pattern)) is None


@pytest.mark.parametrize("work", [redact, mask, visible, secrecy], ids=lambda work: work.__name__)
def test_no_way_to_make_text_harmless_is_slower_than_linear(work: Callable[[str], object]) -> None:
    """The scanner behind the expressions included."""
    heads = (
        *("pin=", "pin: [", "<pin>", 'sig="', "token='", 'a="\\\\"', "sig=%22", "PWD=/", "://a:b@"),
        *("password=a,", "cookie: a;", "mysql -p", "curl -u a:", "://a:", "eyJa.", "4111 "),
        *("-----BEGIN PRIVATE KEY-----", "kind: Secret\ndata:\n a: b\n", "DE00 0000 "),
    )

    assert superlinear(work, [*hostile_units(""), *heads], undoubted_s=0.03) is None


def test_no_format_of_log_lines_is_slower_than_linear() -> None:
    """All built-in formats together, as a line is read; of each one's worst texts a quarter."""
    parser = LineParser(datetime(2026, 3, 3, tzinfo=UTC))
    formats = [one for one in built_in_formats().values() if one.expression]
    units = dict.fromkeys(unit for one in formats for unit in hostile_units(one.expression)[::4])

    assert len(formats) > 50
    assert superlinear(parser.parse, list(units), undoubted_s=0.01) is None


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [(r"\s+$", " "), (r"\w+@", "a"), (r"(a+)+b", "a"), (r"\w*\d\w*-\w*:", "0")],
)
def test_the_test_finds_what_is_slower(pattern: str, unit: str) -> None:
    """Quadratic, cubic and exponential ones; the unit is among those made for the pattern."""
    assert unit in hostile_units(pattern)
    assert superlinear(re.compile(pattern).search, [unit]) is not None


def test_every_expression_is_found() -> None:
    """In variables, containers, objects and calls; what is built at run time is listed."""
    where = {used.where.rpartition(".")[0] for used in EXPRESSIONS}
    built = {
        str(path.relative_to(ROOT))
        for package in ("labo", "graph", "api", "workers", "engine")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "re." in (text := path.read_text(encoding="utf-8")) and built_patterns(text)
    }

    assert {"labo.domain.telemetry.logs.errors", "labo.domain.entities.masking.fields"} <= where
    assert len(EXPRESSIONS) > 80
    assert built <= BUILT.keys()


@pytest.mark.parametrize("text", ["", "a", "xab", "\ud800ab", "é" * 9 + "ab", "abab"])
def test_whether_and_where_agree(text: str) -> None:
    """`occurs_in` is `search` without the place."""
    one = expression("ab")

    assert one.occurs_in(text) is (one.search(text) is not None)


@pytest.mark.parametrize("text", ["a1b22", "é1é22é", "\ud8001é\ud80022", "", "é", "\U0001f6001 22"])
def test_matches_are_those_of_re_in_characters(text: str) -> None:
    """Wherever characters have several bytes; a lone surrogate is read as a question mark."""
    pattern = r"(?P<one>\d)(?P<more>\d)?|(?P<none>x)|$"
    readable = text.replace("\ud800", "?")
    ours, theirs = expression(pattern), re.compile(pattern)

    assert [
        (match.group(), match.start(), match.end("one"), match["more"], match.groupdict())
        for match in ours.finditer(text)
    ] == [
        (match.group(), match.start(), match.end("one"), match["more"], match.groupdict())
        for match in theirs.finditer(readable)
    ]
    assert ours.sub("<>", text) == theirs.sub("<>", readable)
    assert ours.sub(lambda match: match.group() * 2, text) == theirs.sub(r"\g<0>\g<0>", readable)
