"""Groups masked messages into templates, one by one: a word is a value if many stand for it.

Masks find the values that can be seen (numbers, addresses). A value that looks like a word is
found by what stands around it: where several words occur in otherwise equal messages, there is
one. How many values there are does not matter. A word that says what happened (`template_words`)
never is one, so that "link up" and "link down" stay two templates however many states a link has.
Where several words vary at once, messages of the same length, first word and such words are
compared with each other.

Each step takes time in proportion to the message's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from labo.domain.telemetry.logs.template_words import announces_a_name, says_what_happened
from labo.domain.telemetry.logs.value_lists import WILDCARD, between_values

_VARYING = 0.75
"""Share of different words among messages that are alike which makes a value of a position. By
judgement: most of them, but one that occurs twice does not undo it."""
_STEPS_A_WORD = 4
"""Branches that are looked at for each word of a message, as every word has two ways to go."""

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many different words make a value of their position: `values`; `names` behind a noun that
    announces a name (`user`); `first` at the beginning, where most programs put a word that is
    constant. `constant`: words that a template has besides its values, so that no template is
    everything. `alike`: messages that are compared where several words vary at once.

    Checked by leaving each system of loghub 2k out (`python -m benchmarks loghub`, ADR 0039).
    """

    values: int = 4
    names: int = 2
    first: int = 16
    constant: int = 2
    alike: int = 8


@dataclass(slots=True, eq=False)
class Group:
    """A template's pattern. Once `joined` to another group, that one stands for it, with the `name`
    of the first that had one. `met`: when it was met last, as a count of messages."""

    words: Words
    joined: Group | None = None
    name: str = ""
    met: int = 0

    def final(self) -> Group:
        """The group that stands for this one now."""
        group = self
        while group.joined is not None:
            group = group.joined
        if group is not self:
            self.joined = group  # a short way for the next time
        return group


@dataclass(slots=True)
class TemplateTree:
    """`groups`: all patterns by their words, also those that were joined to another since."""

    limits: Limits = Limits()
    groups: dict[Words, Group] = field(default_factory=dict)
    _root: dict[str | None, Any] = field(default_factory=dict)
    _contexts: dict[int, dict[str, Group]] = field(default_factory=dict)
    _alike: dict[Words, list[Group]] = field(default_factory=dict)
    _frames: dict[Words, Group] = field(default_factory=dict)

    def group(self, words: Words) -> Group:
        """The group of a masked message; a new one where it fits none."""
        group = self.groups.get(words) or self._matching(words)
        return (group or self.add(words)).final()

    def add(self, words: Words) -> Group:
        """A new group; it may join others to it, or be joined to one."""
        group = self.groups[words] = Group(words)
        if WILDCARD in words:
            node = self._root
            for word in words:
                node = node.setdefault(word, {})
            node[None] = group
        if not (self._find_value(group) or self._find_frame(group)):
            self._find_values(group)
        return group.final()

    def _find_frame(self, group: Group) -> bool:
        """Whether an earlier group differs in nothing but how many values it has, and where."""
        frame = between_values(group.words)
        if _constant_words(frame) < self.limits.constant:
            return False
        earlier = self._frames.setdefault(frame, group).final()
        if earlier is not group:
            _join(group, earlier)
        return earlier is not group

    def _matching(self, words: Words) -> Group | None:
        """The group whose values may be those of `words`: equal words go before values."""
        steps = _STEPS_A_WORD * len(words)
        open_ends = [(self._root, 0, 0)]
        needed = _constant_words(words) - self.limits.constant
        while open_ends and steps > 0:
            steps -= 1
            node, position, replaced = open_ends.pop()
            if position == len(words):
                if None in node:
                    found: Group = node[None]
                    return found
                continue
            word = words[position]
            if WILDCARD in node and word != WILDCARD and replaced < needed and _may_vary(word):
                open_ends.append((node[WILDCARD], position + 1, replaced + 1))
            if word in node:
                open_ends.append((node[word], position + 1, replaced))
        return None

    def _find_value(self, group: Group) -> bool:
        """Whether a word of the group's is one of many in its position."""
        words = group.words
        constant = _constant_words(words)
        for position, context in _contexts(words):
            word = words[position]
            if constant - (word != WILDCARD) < self.limits.constant or not _may_vary(word):
                continue
            others = self._contexts.setdefault(context, {})
            others[word] = group
            named = position > 0 and announces_a_name(words[position - 1])
            limits = self.limits
            enough = limits.names if named else limits.values if position else limits.first
            if len(others) > 1 and (WILDCARD in others or len(others) >= enough):
                general = (*words[:position], WILDCARD, *words[position + 1 :])
                self._contexts[context] = {WILDCARD: self._join(others.values(), general)}
                return True
        return False

    def _find_values(self, group: Group) -> None:
        """Join the group with those that are alike, if they are many and several words vary."""
        words = group.words
        frame = tuple(
            word if not position or not _may_vary(word) else ""
            for position, word in enumerate(words)
        )
        if frame.count("") < 2:
            return
        alike = self._alike.setdefault(frame, [])
        alike.append(group)
        count = len(alike)
        if count < self.limits.alike or count & (count - 1):  # at each doubling: linear time in all
            return
        columns = [set(column) for column in zip(*(one.words for one in alike), strict=True)]
        varies = [
            not kept and len(column) >= _VARYING * count
            for kept, column in zip(frame, columns, strict=True)
        ]
        for one in alike if any(varies) else ():
            general = tuple(
                WILDCARD if free else word for free, word in zip(varies, one.words, strict=True)
            )
            if _constant_words(general) >= self.limits.constant:
                self._join([one], general)
        self._alike[frame] = list({id(one.final()): one.final() for one in alike}.values())

    def _join(self, groups: Iterable[Group], general: Words) -> Group:
        """Join groups to the one with the pattern `general`, and return it."""
        target = self.group(general)
        for group in groups:
            if (last := group.final()) is not target:
                _join(last, target)
        return target


def _join(group: Group, target: Group) -> None:
    group.joined = target
    target.name = target.name or group.name
    target.met = max(target.met, group.met)


def _contexts(words: Words) -> Iterator[tuple[int, int]]:
    """Each position, and a number for the words around it: equal only where those are."""
    hashes = [hash((position, word)) for position, word in enumerate(words)]
    whole = sum(hashes)
    for position, one in enumerate(hashes):
        yield position, hash((len(words), position, whole - one))


def _may_vary(word: str) -> bool:
    return not says_what_happened(word)


def _constant_words(words: Words) -> int:
    """Words with a letter besides the values in them."""
    return sum(any(map(str.isalpha, word.replace(WILDCARD, ""))) for word in words)
