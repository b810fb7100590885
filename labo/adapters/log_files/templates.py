"""Log templates by Drain (He et al., ICWS 2017; drain3) behind masks of our own.

One configuration for every system. A message is masked first, so that most messages of a
template become the same text: those are found in a dictionary and never reach the tree. Both are
bounded by bytes, so that no sender fills the memory of others with texts that never repeat.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from drain3.drain import Drain, LogCluster

from labo.domain.telemetry.logs.templates import WILDCARD, Template, mask, template

_SIMILARITY = 0.5
_DEPTH = 5
_MAX_CHILDREN = 100
_MAX_CLUSTERS = 5_000
"""Templates that are known at a time; a message unlike all of them is compared with each, so it
bounds a message's time, too (some milliseconds)."""
_MAX_TOKENS = 256
_MAX_TOKEN = 64
"""Characters of a token; a longer one is cut, as no word is that long."""
_MAX_TREE_BYTES = 16_000_000
_MAX_KNOWN_BYTES = 8_000_000
"""Of one file's or workspace's templates, and of the texts that were found: by judgement. The eight
systems of loghub 2k come to .3 MB together."""
_EXCEPTION = re.compile(r"\b[A-Z][A-Za-z]*(?:Error|Exception)\b")
"""An exception's class, by the naming of Python, Java, .NET, JavaScript and Ruby. What is raised
decides what happened, and frameworks put many equal words around it ("Exception on / [GET]: ..."):
so the class stands first in the tree, where only equal words share a branch."""
_RAISED = "\x00"
"""In front of that class; it is removed from what is read."""
_CLUSTER_BYTES, _TOKEN_BYTES, _KNOWN_BYTES = 2_000, 70, 150
"""About what a cluster with its way through the tree takes, each of its tokens, and an entry of the
dictionary, without their characters."""


class LogTemplates:
    """Learns templates from messages and names them.

    A template retains the text under which it was first named, however much the tree generalises it
    later: its id is part of a problem's key. So let it learn ahead before it names anything.
    """

    def __init__(self) -> None:
        self._drain = _new_drain()
        self._tree_bytes = 0
        self._known: dict[str, LogCluster] = {}
        self._known_bytes = 0
        self._names: dict[int, Template] = {}

    def learn(self, messages: Iterable[str]) -> None:
        """Learn without naming."""
        for message in messages:
            self._learn(message)
            if self._tree_bytes > 2 * _MAX_TREE_BYTES:
                return  # enough: what follows names itself

    def name_all(self, messages: Sequence[str]) -> list[Template]:
        """Learn all messages, then give each one's template."""
        clusters = [self._learn(message) for message in messages]
        names = [self._name(cluster) for cluster in clusters]
        if self._tree_bytes > _MAX_TREE_BYTES:
            self._halve()
        return names

    def dump(self) -> str:
        """What was learnt, as JSON text for `load`."""
        rows = [
            (cluster.get_template(), self._names[cluster.cluster_id].text)
            for cluster in list(self._drain.clusters)
            if cluster.cluster_id in self._names
        ]
        return json.dumps(rows, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> LogTemplates:
        """The templates of an earlier `dump`, with the names they had."""
        templates = cls()
        for pattern, name in json.loads(text):
            templates._restore(pattern.split(), name)
        return templates

    def _restore(self, tokens: Iterable[str], name: str) -> None:
        drain = self._drain
        drain.clusters_counter += 1
        cluster = LogCluster(list(tokens), drain.clusters_counter)
        self._tree_bytes += _size(cluster.log_template_tokens)
        drain.id_to_cluster[cluster.cluster_id] = cluster
        drain.add_seq_to_prefix_tree(drain.root_node, cluster)
        self._names[cluster.cluster_id] = template(name)

    def _learn(self, message: str) -> LogCluster:
        masked = mask(message.replace(_RAISED, ""))
        cluster = self._known.get(masked)
        if cluster is None:
            # The tree is one level per token count: very long messages share one count.
            tokens = [token[:_MAX_TOKEN] for token in masked.split(None, _MAX_TOKENS)[:_MAX_TOKENS]]
            if raised := _EXCEPTION.search(masked):
                tokens.insert(0, _RAISED + raised[0][:_MAX_TOKEN])
            cluster, change = self._drain.add_log_message(" ".join(tokens))
            if change == "cluster_created":
                self._tree_bytes += _size(tokens)
            if self._known_bytes > _MAX_KNOWN_BYTES:
                self._known.clear()
                self._known_bytes = 0
            self._known[masked] = cluster
            self._known_bytes += _KNOWN_BYTES + 4 * len(masked)
        return cluster

    def _halve(self) -> None:
        """Forget the half of the templates that was not met for longest, and the tree's dead
        branches with it."""
        clusters = list(self._drain.clusters)
        alive = clusters[len(clusters) // 2 :]
        names = self._names
        self._drain, self._names, self._tree_bytes = _new_drain(), {}, 0
        self._known.clear()
        self._known_bytes = 0
        for cluster in alive:
            if cluster.cluster_id in names:
                self._restore(cluster.log_template_tokens, names[cluster.cluster_id].text)

    def _name(self, cluster: LogCluster) -> Template:
        name = self._names.get(cluster.cluster_id)
        if name is None:
            if len(self._names) >= 2 * _MAX_CLUSTERS:
                self._forget_evicted()
            tokens = list(cluster.log_template_tokens)
            if tokens and tokens[0].startswith(_RAISED):
                del tokens[0]
            name = self._names[cluster.cluster_id] = template(" ".join(tokens))
        return name

    def _forget_evicted(self) -> None:
        alive = {cluster.cluster_id for cluster in list(self._drain.clusters)}
        self._names = {key: name for key, name in self._names.items() if key in alive}


def _new_drain() -> Drain:
    return Drain(
        depth=_DEPTH,
        sim_th=_SIMILARITY,
        max_children=_MAX_CHILDREN,
        max_clusters=_MAX_CLUSTERS,
        param_str=WILDCARD,
    )


def _size(tokens: Sequence[str]) -> int:
    return _CLUSTER_BYTES + sum(_TOKEN_BYTES + len(token) for token in tokens)
