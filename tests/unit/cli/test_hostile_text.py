"""What a stranger wrote is shown as text: no escape sequence, no markup, no hidden character."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.text import Text

from labo.cli import output
from labo.cli.diagnosis_text import print_analysis, print_minimal_set
from labo.domain.entities.diagnoses import Analysis, Chain, RuledOut, Suspect, Verdict
from labo.domain.entities.reasons import ReasonKind, reason
from labo.domain.metric_sets.sets import MinimalSet

HOSTILE = "a\x1b[2Jb\x1b]0;title\x07c\u202ed\u200be[red]f[/red]\rg\x9b31mh"
ROOT = Path(__file__).parents[3]
COMMANDS = sorted((ROOT / "labo" / "cli").rglob("*.py"))


def assert_harmless(shown: str) -> None:
    """Lines of printable characters, with the brackets as they were."""
    assert all(line.isprintable() for line in shown.split("\n")), ascii(shown)
    assert "e[red]f[/red]" in shown


def test_a_diagnosis_of_hostile_names(capsys: pytest.CaptureFixture[str]) -> None:
    """Names of components and metrics come from telemetry."""
    why = reason(
        ReasonKind.DEVIATION,
        metric=HOSTILE,
        component=HOSTILE,
        direction="high",
        during=HOSTILE,
        before="20",
        deviation=12.5,
    )
    suspects = (Suspect(HOSTILE, HOSTILE, 0.8, (why,)), Suspect(HOSTILE, None, 0.1, (why,)))
    chains = (Chain((HOSTILE, HOSTILE), (HOSTILE,)),)
    ruled_out = (RuledOut(HOSTILE, why),)
    pairs = ((HOSTILE, HOSTILE),)
    found = MinimalSet((HOSTILE,), 1.0, False, 0.5, pairs, pairs, 1, 0.0, unseparated=pairs)

    for verdict in Verdict:
        for shown in (suspects, ()):
            analysis = Analysis(HOSTILE, verdict, shown, chains, ruled_out, (why,), HOSTILE)
            print_analysis(analysis, HOSTILE, found)
            assert_harmless(capsys.readouterr().out)
    print_minimal_set(found)
    assert_harmless(capsys.readouterr().out)


def test_every_way_to_print_shows_hostile_text_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Tables, sentences, plain texts, errors."""
    output.print_table((HOSTILE,), [[HOSTILE], [None]])
    output.say("[bold]{}[/] and {}", HOSTILE, "[/]")
    output.console.print(HOSTILE, soft_wrap=True)
    output.console.print(Text(HOSTILE))
    output.echo(HOSTILE)
    output.print_error(HOSTILE)
    captured = capsys.readouterr()

    assert_harmless(captured.out)
    assert_harmless(captured.err)


def test_json_is_the_same_value_and_can_be_read_on_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What no one sees is escaped, so a program gets it unchanged; a lone surrogate too."""
    value = {HOSTILE: [f"{HOSTILE}\ud800", "ü", "\U0001f600"]}
    output.print_json(value)
    shown = capsys.readouterr().out

    assert json.loads(shown) == value
    assert shown.rstrip("\n").isprintable()
    assert "ü" in shown
    assert "\U0001f600" in shown


def _printed_elsewhere(source: str) -> Iterator[str]:
    """Calls that reach the terminal past the one module that makes it safe."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in {"typer.echo", "typer.secho", "print", "Console", "click.echo"}:
            yield f"{called} at line {node.lineno}: use labo.cli.output"
        if any(one.arg == "markup" and ast.unparse(one.value) != "False" for one in node.keywords):
            yield f"markup at line {node.lineno}: use say"
        if called == "TextColumn" and not any(one.arg == "markup" for one in node.keywords):
            yield f"a column with markup at line {node.lineno}: markup=False"
        if called == "say" and not isinstance(node.args[0], ast.Constant | ast.Name):
            yield f"a built sentence at line {node.lineno}: give the values to say"


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_print_by_the_one_module(path: Path) -> None:
    """Only `labo --version`, which is ours alone, may echo."""
    if path.name == "output.py":
        return
    found = list(_printed_elsewhere(path.read_text(encoding="utf-8")))

    assert [one for one in found if path.name != "main.py" or "typer.echo" not in one] == []


def test_the_check_finds_what_it_is_for() -> None:
    """Each of the ways around."""
    source = (
        'print(x)\ntyper.echo(x)\nConsole()\nc.print(x, markup=True)\nsay(f"{x}")\nTextColumn(x)'
    )

    assert len(list(_printed_elsewhere(source))) == 6
