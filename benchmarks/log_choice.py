"""How log templates were chosen: grouping accuracy on systems that are left out.

Two choices, both made on ten systems and scored on the eleventh. *Limits*: the numbers of
`template_tree.Limits` that do best on the ten. *Rules*: of the rules in `RULES`, those without
which the ten do worse; a rule that helps one system only is so never counted for it. The rules
were written with all eleven systems in view, so the first figure knows them, and the second
allows for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from unittest.mock import patch

from benchmarks.log_accuracy import grouping_accuracy
from labo.adapters.log_files.templates import LogTemplates
from labo.domain.telemetry.logs import template_tree, templates, value_lists
from labo.domain.telemetry.logs.template_tree import Limits

_DEFAULT = Limits()
_NEVER = re.compile(r"(?!)()")
Labelled = tuple[Sequence[str], Sequence[str]]
"""A system's messages, and the true template of each."""


@dataclass(frozen=True)
class Rule:
    """`without`: attributes of modules, and what they are where the rule is left out; `masks`: a
    part of the masks' expression, and what stands for it; `limits` likewise."""

    name: str
    without: Sequence[tuple[Any, str, Any]] = ()
    masks: tuple[str, str] | None = None
    limits: Mapping[str, int] = field(default_factory=dict)


def _no(*_: object) -> bool:
    return False


def _only_exceptions(word: str) -> bool:
    return word.endswith(("Error", "Exception"))


RULES = (
    Rule("a word that says what happened is no value", (
        (template_tree, "says_what_happened", _only_exceptions),
    )),
    Rule("a value stands for any other word", (
        (template_tree.TemplateTree, "_matching", _no),
        (template_tree, "WILDCARD", "no value"),
    )),
    Rule("two names behind `user` are values", limits={"names": _DEFAULT.values}),
    Rule("several words may vary at once", limits={"alike": 1 << 30}),
    Rule("it does not matter how many values there are", (
        (template_tree.TemplateTree, "_find_frame", _no),
        (value_lists, "_takes_value", _no),
        (value_lists, "_WITHIN_A_WORD", _NEVER),
        (value_lists, "_drop_repetition", _no),
    )),
    Rule("a unit is part of its value", ((value_lists, "_takes_unit", _no),)),
    Rule("an id's prefix is part of it", ((value_lists, "_PREFIX", _NEVER),)),
    Rule("a quoted request keeps its method", ((templates, "_REQUEST_WITHIN", _NEVER),)),
    Rule("escaped quotes are quotes", ((templates, "_ESCAPED_QUOTES", ()),)),
    Rule("a quoted word is kept", ((templates, "_QUOTED_WORD", _NEVER),)),
    Rule("SOCKS5 is a word", masks=(r"(?!(?<![\w.-])[A-Z]{2,}\d(?![\w.-]))", "")),
    Rule("key=outcome is kept", masks=(rf"(?!(?i:{templates._OUTCOME})(?![\w.-]))", "")),
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """Per system, its accuracy left out: `limits`, the mean over all limits that are best on the
    ten; `rules`. `unaided`: the rules that no ten systems speak for, by the system left out."""

    limits: Mapping[str, float]
    rules: Mapping[str, float]
    unaided: Mapping[str, Sequence[str]]
    losses: Sequence[tuple[str, float]]
    """Of each rule, what the mean of all systems loses without it."""


def choose(systems: Mapping[str, Labelled]) -> Choice:
    """Choose for each system on the others."""
    by_limits = {
        limits: _accuracies(systems, limits)
        for limits in (Limits(values, names or values)
                       for values, names in product((2, 3, 4, 6, 8, 12), (_DEFAULT.names, 0)))
    }  # fmt: skip
    whole = by_limits[_DEFAULT]
    without = {}
    for rule in RULES:
        with _left_out([rule]) as limits:
            without[rule.name] = _accuracies(systems, limits)
    by_rules, unaided = {}, {}
    for system in systems:
        useless = [r for r in RULES if _others(without[r.name], system) >= _others(whole, system)]
        with _left_out(useless) as limits:
            by_rules[system] = _accuracies({system: systems[system]}, limits)[system]
        unaided[system] = [rule.name for rule in useless]
    return Choice(
        {system: _best_elsewhere(by_limits, system) for system in systems},
        by_rules,
        unaided,
        [(name, _mean(whole) - _mean(one)) for name, one in without.items()],
    )


def _accuracies(systems: Mapping[str, Labelled], limits: Limits) -> dict[str, float]:
    return {
        name: grouping_accuracy([t.id for t in LogTemplates(limits).name_all(messages)], truth)
        for name, (messages, truth) in systems.items()
    }


def _best_elsewhere(by_limits: Mapping[Limits, Mapping[str, float]], system: str) -> float:
    best = max(_others(one, system) for one in by_limits.values())
    ties = [one[system] for one in by_limits.values() if _others(one, system) == best]
    return sum(ties) / len(ties)


def _others(accuracies: Mapping[str, float], system: str) -> float:
    return round(sum(one for name, one in accuracies.items() if name != system), 9)


def _mean(accuracies: Mapping[str, float]) -> float:
    return sum(accuracies.values()) / len(accuracies)


@contextmanager
def _left_out(rules: Sequence[Rule]) -> Iterator[Limits]:
    """Without those rules, the limits are the ones to use."""
    expression = templates._MASK.pattern
    limits: dict[str, int] = {}
    with ExitStack() as stack:
        for rule in rules:
            for module, name, other in rule.without:
                stack.enter_context(patch.object(module, name, other))
            if rule.masks is not None:
                if rule.masks[0] not in expression:
                    raise ValueError(f"{rule.name}: no such part of the masks")
                expression = expression.replace(*rule.masks)
            limits |= rule.limits
        stack.enter_context(patch.object(templates, "_MASK", re.compile(expression)))
        _forget()
        yield Limits(**limits)
    _forget()


def _forget() -> None:
    """What was masked by other rules."""
    templates._mask_known.cache_clear()
    templates._known_joined.cache_clear()
