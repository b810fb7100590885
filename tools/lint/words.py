"""Which words names must not contain, and what to use instead.

The project once had a language of its own: a component was a *place*, an escalation level a
*rung*, a labelled incident a *lesson*. People from the field had to learn it first, and a search
for "root cause" found nothing. A name uses the field's word.

Words with an ordinary use (a place in a list, what a log said, reading a file) are forbidden only
in the form that is meant: as a whole name, or as a function's verb.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.lint.sources import CODE, Source, Violation

WORDS = {
    "blamed": "attributed", "blames": "attributes",
    "bury": "dead_letter", "buried": "dead_letter",
    "bystander": "non_root, affected", "bystanders": "non_root, affected",
    "chore": "housekeeping", "chores": "housekeeping",
    "ladder": "escalation", "climb": "escalate",
    "lane": "consumer", "lanes": "consumers",
    "lesson": "labelled_incident", "lessons": "labelled_incidents",
    "rung": "escalation_level", "rungs": "escalation_levels",
    "scene": "context", "scenes": "contexts", "surroundings": "context",
    "taught": "labelled, learnt", "teach": "learn_from",
    "telling": "informative",
    "victim": "affected", "victims": "affected",
}  # fmt: skip
"""Parts of a name, snake or camel case, that no name has."""

NAMES = {
    "Place": "Component, or what it is the place of", "LastWord": "LastEvent",
    "Said": "LastEvent", "Told": "OutboxMessage", "Begun": "StartedIncident",
    "Story": "IncidentSummary", "story": "summary", "stories": "incidents",
    "Example": "TrainingExample", "ExampleSet": "TrainingSet", "Reading": "Measurement",
    "readings": "z_scores, measurements", "speaks": "matches", "spoken": "is_matched",
    "is_placed": "is_localised", "look_again": "rediagnose",
    "take_in": "ingest", "REACH_S": "MAX_LAG_S", "is_quiet": "is_control",
    "normal_times": "baseline",
}  # fmt: skip
"""Whole names, leading underscores aside."""

VERBS = {"keep": "save", "tell": "send, publish or forward"}
"""What no function begins with."""

STORED = {
    "said_ms": "property of a tally in the graph",
}
"""Names that stay, since what is stored or sent is called so; each with its reason."""

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def check_words(source: Source) -> Iterator[Violation]:
    """No module, class, function, parameter or variable of the code has a word of `WORDS`."""
    if source.folder not in CODE or not source.is_python:
        return
    if source.folder == "tests":
        return  # the sentences that tests are named by are prose
    stem = PurePosixPath(source.path).stem
    for reason in _reasons(stem, is_function=False):
        yield Violation(source.path, 1, f"module {reason}")
    for node in ast.walk(source.tree):
        for name in _bound(node):
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for reason in _reasons(name, is_function=is_function):
                yield source.at(node, reason)


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a node brings into being: fields of GraphQL types are among them."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.arg():
            yield node.arg
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.Attribute(ctx=ast.Store()):
            yield node.attr


def _reasons(name: str, *, is_function: bool) -> Iterator[str]:
    if name in STORED:
        return
    bare = name.strip("_")
    parts = [part.lower() for part in _PART.findall(bare)]
    for part in parts:
        if part in WORDS:
            yield f"{name}: not '{part}' but {WORDS[part]}"
    if bare in NAMES:
        yield f"{name}: use {NAMES[bare]}"
    if is_function and len(parts) > 1 and parts[0] in VERBS:
        yield f"{name}: not '{parts[0]}' but {VERBS[parts[0]]}"
