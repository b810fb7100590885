"""Log templates, learnt from a stream: masks, then a tree (`template_tree`), and stable names.

One configuration for every system. A message is masked first, so that most messages of a
template become the same text: those are found in a dictionary and never reach the tree. Both are
bounded by bytes, so that no sender fills the memory of others with texts that never repeat.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from labo.domain.telemetry.logs.template_tree import Group, Limits, TemplateTree, Words
from labo.domain.telemetry.logs.templates import Template, mask, template
from labo.domain.telemetry.logs.value_lists import joined

_DEFAULT = Limits()
_MAX_GROUPS = 5_000
"""Patterns that are known at a time, those that were joined to others included."""
_MAX_WORDS = 256
_MAX_WORD = 64
"""Characters of a word; a longer one is cut, as no word is that long."""
_MAX_TREE_BYTES = 16_000_000
_MAX_KNOWN_BYTES = 8_000_000
"""Of one file's or workspace's templates, and of the texts that were found: by judgement."""
_GROUP_BYTES, _WORD_BYTES, _KNOWN_BYTES = 1_000, 700, 150
"""About what a pattern takes, each of its words in the tree, and an entry of the dictionary,
without their characters."""


class LogTemplates:
    """Learns templates from messages and names them.

    A template retains the text under which it was first named, however much the tree generalises it
    later: its id is part of a problem's key. So let it learn ahead before it names anything.
    """

    def __init__(self, limits: Limits = _DEFAULT) -> None:
        self._limits = limits
        self._tree = TemplateTree(limits)
        self._tree_bytes = 0
        self._known: dict[str, Group] = {}
        self._known_bytes = 0
        self._count = 0

    def learn(self, messages: Iterable[str]) -> None:
        """Learn without naming."""
        for message in messages:
            self._learn(message)
            if self._is_full():
                return  # enough: what follows names itself

    def name_all(self, messages: Sequence[str]) -> list[Template]:
        """Learn all messages, then give each one's template."""
        groups = [self._learn(message) for message in messages]
        names = [_name(group.final()) for group in groups]
        if self._is_full():
            self._halve()
        return names

    def dump(self) -> str:
        """What was learnt, as JSON text for `load`."""
        rows = [(" ".join(words), group.final().name) for words, group in self._by_time()]
        return json.dumps([row for row in rows if row[1]], ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> LogTemplates:
        """The templates of an earlier `dump`, with the names they had. A pattern of an earlier
        version, in which a list was several values, keeps its name for the list."""
        templates = cls()
        for pattern, name in json.loads(text):
            templates._restore(tuple(joined(pattern).split()), name)
        return templates

    def _restore(self, words: Words, name: str) -> None:
        group = self._add(words)
        group.name = group.name or name

    def _add(self, words: Words) -> Group:
        before = len(self._tree.groups)
        group = self._tree.group(words)
        if len(self._tree.groups) > before:
            self._tree_bytes += _GROUP_BYTES + sum(_WORD_BYTES + len(word) for word in words)
        return group

    def _learn(self, message: str) -> Group:
        masked = mask(message)
        self._count += 1
        group = self._known.get(masked)
        if group is None:
            words = masked.split(None, _MAX_WORDS)[:_MAX_WORDS]
            group = self._add(tuple([word[:_MAX_WORD] for word in words]))
            if self._known_bytes > _MAX_KNOWN_BYTES:
                self._known.clear()
                self._known_bytes = 0
            self._known[masked] = group
            self._known_bytes += _KNOWN_BYTES + 4 * len(masked)
        group.met = self._count
        return group

    def _is_full(self) -> bool:
        return self._tree_bytes > _MAX_TREE_BYTES or len(self._tree.groups) > _MAX_GROUPS

    def _by_time(self) -> list[tuple[Words, Group]]:
        return sorted(self._tree.groups.items(), key=lambda one: one[1].met)

    def _halve(self) -> None:
        """Forget the half of the patterns that was not met for longest."""
        alive = self._by_time()[len(self._tree.groups) // 2 :]
        self._tree, self._tree_bytes = TemplateTree(self._limits), 0
        self._known.clear()
        self._known_bytes = 0
        for words, group in alive:
            if name := group.final().name:
                self._restore(words, name)


def _name(group: Group) -> Template:
    if not group.name:
        group.name = " ".join(group.words)
    return template(group.name)
