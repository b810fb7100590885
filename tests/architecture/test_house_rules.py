"""Each house rule refuses what it is there to refuse, and lets the right form pass."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tools.lint import constructs, sizes
from tools.lint.__main__ import main, violations
from tools.lint.sources import parse, project_sources

ROOT = Path(__file__).parents[2]


def refusals(path: str, text: str) -> list[str]:
    return [each.message for each in violations([parse(path, text)])]


def lines(count: int, indent: str = "    ") -> str:
    return "".join(f"{indent}x = {number}\n" for number in range(count))


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("graph/edges.py", lines(300, ""), "300 lines; must be under 300"),
        ("cypher/edges/get_edge.cypher", "RETURN 1\n" * 60, "60 lines; must be under 60"),
        ("tools/a.mjs", "x\n" * 300, "300 lines; must be under 300"),
        ("tests/a.py", "def f():\n" + lines(39), "function f has 40 lines"),
        ("tests/a.py", "async def f():\n" + lines(39), "function f has 40 lines"),
        ("workers/tasks/a.py", "@app.task(name='x')\ndef f():\n" + lines(9), "task f has 10 lines"),
        ("workers/a.py", "@shared_task\ndef f():\n" + lines(9), "task f has 10 lines"),
    ],
)
def test_refuses_what_is_too_long(path: str, text: str, expected: str) -> None:
    """A module, function, task or Cypher file at its limit is refused, with its length."""
    (message,) = refusals(path, text)
    assert message.startswith(expected)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("graph/edges.py", lines(299, "")),
        ("cypher/edges/get_edge.cypher", "RETURN 1\n" * 59),
        ("tests/a.py", "def f():\n" + lines(38)),
        ("workers/tasks/a.py", "@app.task\ndef f():\n" + lines(8)),
        ("docs/long.md", "x\n" * 1000),
    ],
)
def test_lets_pass_what_is_one_line_shorter(path: str, text: str) -> None:
    """The limit is exact, and holds for code only."""
    assert refusals(path, text) == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("labo/services/utils.py", "", "'utils': 'utils' names nothing"),
        ("labo/helpers/text.py", "", "'helpers': 'helpers' names nothing"),
        ("labo/domain/common_keys.py", "", "'common_keys': 'common' names nothing"),
        ("graph/edges.py", "class EdgeManager: ...", "class EdgeManager: 'manager'"),
        ("api/a.py", "class HTTPHandler: ...", "class HTTPHandler: 'handler'"),
        ("api/a.py", "class BaseThing: ...", "class BaseThing: 'base'"),
        ("api/a.py", "class LogProcessor: ...", "class LogProcessor: 'processor'"),
        ("graph/a.py", "def get_edge() -> Edge | None: ...", "get_edge returns Edge | None"),
        ("graph/a.py", "async def is_open() -> int: ...", "is_open returns int"),
        (
            "labo/ports/a.py",
            "class Store(Protocol):\n    def get_size(self) -> int | None: ...",
            "get_size returns int | None",
        ),
        ("cypher/edges/fetch_edge.cypher", "RETURN 1", "'fetch' is not one of the verbs"),
        ("cypher/get_edge.cypher", "RETURN 1", "a statement lies in cypher/<topic>/"),
    ],
)
def test_refuses_names_that_say_nothing(path: str, text: str, expected: str) -> None:
    """Empty nouns, a `get` that may give None, a question that gives no bool, a free verb."""
    (message,) = refusals(path, text)
    assert message.startswith(expected)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("labo/a.py", "eval('1')", "eval() turns text into code"),
        ("labo/a.py", "exec(code)", "exec() turns text into code"),
        ("labo/a.py", "import os\nos.system('ls')", "os.system() turns text into code"),
        ("tools/a.py", "run('ls', shell=True)", "shell=True: pass a list"),
        ("tools/a.py", "run('ls', shell=wanted)", "shell=True: pass a list"),
        ("labo/a.py", "try:\n    f()\nexcept Exception:\n    pass", "swallows every error"),
        ("labo/a.py", "try:\n    f()\nexcept:\n    ...", "swallows every error"),
        ("labo/a.py", "try:\n    f()\nexcept (OSError, BaseException):\n    pass", "swallows"),
        ("labo/a.py", "with contextlib.suppress(Exception):\n    f()", "suppresses every error"),
        ("labo/a.py", "log.info(f'done {x}')", "event name built at run time"),
        ("labo/a.py", "self._log.warning('done %s' % x)", "event name built at run time"),
        ("labo/a.py", "logger.error('done ' + x)", "event name built at run time"),
        ("labo/a.py", "log.info('done {}'.format(x))", "event name built at run time"),
        ("graph/a.py", "import os\nx = os.environ['A']", "reads the environment"),
        ("engine/cli/a.py", "import os\nx = os.getenv('A')", "reads the environment"),
        ("labo/services/lab/a.py", "from os import environ", "reads the environment"),
        ("labo/domain/lab/a.py", "now = datetime.now(UTC)", "datetime.now() in the domain"),
        ("workers/tasks/a.py", "asyncio.run(f())", "asyncio.run in a worker"),
        ("workers/stream/outbox.py", "asyncio.run(f())", "asyncio.run in a worker"),
    ],
)
def test_refuses_constructs_that_have_hurt(path: str, text: str, expected: str) -> None:
    """Text that becomes code, swallowed errors, built event names, hidden inputs."""
    (message,) = refusals(path, text)
    assert message.startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "q = f'MATCH (n:{label}) RETURN n.key'",
        "q = 'MATCH (n:%s) WHERE n.key = 1' % label",
        "q = 'MERGE (n:' + label + ')'",
        "q = 'CREATE (n:{})'.format(label)",
        "q = f'UNWIND $rows AS row SET n.{name} = row.x'",
        "q = f'CREATE VECTOR INDEX {name} IF NOT EXISTS'",
    ],
)
def test_refuses_cypher_put_together(text: str) -> None:
    """A statement built from parts is refused, in tests and tools as well."""
    (message,) = refusals("tests/integration/a.py", text)
    assert message.startswith("Cypher put together from parts")


def test_refuses_cypher_inside_the_product() -> None:
    """A whole statement may stand in a test, not in the product."""
    text = "q = 'MATCH (n:Problem) RETURN n.key AS key'"

    assert refusals("tests/a.py", text) == []
    (message,) = refusals("graph/a.py", text)
    assert message.startswith("Cypher in Python: move it")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("labo/a.py", "try:\n    f()\nexcept OSError:\n    pass"),
        ("labo/a.py", "log.info('incident.diagnosed', id=f'x-{number}')"),
        ("labo/a.py", "run(['ls'], shell=False)"),
        ("labo/a.py", "message = f'no match ({count} seen), nothing to merge'"),
        ("labo/settings.py", "import os\nx = os.environ"),
        ("graph/a.py", "def find_edge() -> Edge | None: ..."),
        ("graph/a.py", "def is_open() -> bool: ..."),
        ("labo/adapters/a.py", "class Model(Protocol):\n    def get_size(self) -> int | None: ..."),
        ("graph/a.py", '"""Runs MATCH (n) for everyone."""'),
        ("workers/stream/__main__.py", "asyncio.run(main())"),
        ("labo/services/a.py", "class Baseline: ..."),
    ],
)
def test_lets_the_right_form_pass(path: str, text: str) -> None:
    """What only resembles a forbidden form is fine."""
    assert refusals(path, text) == []


@pytest.mark.parametrize(
    "host", ["py" + "pi.org", "files.python" + "hosted.org", "repo1.mav" + "en.org"]
)
def test_refuses_a_registry_host(host: str) -> None:
    """A registry's host is refused in every file, code or not."""
    assert refusals("docs/a.md", f"first\nsee https://{host}/simple") == [
        f"names the registry host {host}"
    ]
    assert refusals("docs/a.md", "see https://www.apache.org/licenses/") == []


def test_a_file_that_is_no_python_does_not_pass_for_clean() -> None:
    """What can't be parsed is reported, with its line."""
    assert refusals("labo/a.py", "x = 1\n)") == ["line 2: unmatched ')'"]


def test_says_where_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints file and line, and its exit code is 1; without findings it is 0."""
    (tmp_path / "labo").mkdir()
    module = tmp_path / "labo" / "a.py"
    module.write_text("x = 1\neval('x')\n", encoding="utf-8")

    assert main(tmp_path) == 1
    assert capsys.readouterr().out.startswith("labo/a.py:2: eval() turns text into code")

    module.write_text("x = 1\n", encoding="utf-8")
    assert main(tmp_path) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a room without a rule"),
        ("from x import y", "a room without a rule"),
        ('"""What is weather"""', "the rule is one sentence on one line"),
        ('"""What is weather. It rains."""', "the rule is one sentence on one line"),
        (f'"""{"What is weather " * 6}is rain."""', "the rule has 104 characters"),
    ],
)
def test_refuses_a_room_without_a_rule(text: str, expected: str) -> None:
    """A package says in one sentence what it holds; what follows that sentence is free."""
    (message,) = refusals("labo/domain/weather/__init__.py", text)
    assert message.startswith(expected)

    good = '"""Holds weather; knows no season.\n\nRain is wet. So is snow.\n"""'
    assert refusals("labo/domain/weather/__init__.py", good) == []
    assert refusals("tests/unit/weather/__init__.py", "") == []


def test_every_folder_with_modules_is_a_room() -> None:
    """Without an `__init__.py` a folder has no rule, and the import contracts do not see it."""
    folders = {Path(each.path).parent for each in project_sources(ROOT) if each.is_python}
    assert {str(each) for each in folders if not (ROOT / each / "__init__.py").exists()} == set()


def test_the_limit_for_tasks_finds_the_tasks() -> None:
    """Each module of `workers.tasks` holds tasks that the rule knows as such, and no other does."""
    holders = {
        source.path
        for source in project_sources(ROOT)
        if source.folder == "workers"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and sizes.is_task(node)
    }
    modules = {f"workers/tasks/{path.name}" for path in (ROOT / "workers/tasks").glob("*.py")}
    assert holders == modules - {"workers/tasks/__init__.py"}


def test_rules_name_no_path_that_has_gone() -> None:
    """A file that moved would take its exception, or its rule, with it unseen."""
    named = {
        value
        for source in project_sources(ROOT)
        if source.path.startswith("tools/lint/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(value := node.value, str)
        if re.fullmatch(r"[a-z]+(/[\w.]+)+/?|[a-z]+/", value)
    }
    assert {"labo/domain/", "workers/stream/__main__.py"} <= named
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_nobody_may_read_the_environment_who_does_not() -> None:
    """An exception that nothing needs any more is taken back."""
    readers = {
        source.path
        for source in project_sources(ROOT)
        if source.is_python and re.search(r"\bos\.(environ|getenv)\b", source.text)
    }
    unused = [
        allowed
        for allowed in constructs.ENVIRONMENT_READERS
        if not any(path.startswith(allowed) for path in readers)
    ]
    assert unused == []
