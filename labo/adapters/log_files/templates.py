"""Log templates by Drain (He et al., ICWS 2017; drain3) behind masks of our own.

One configuration for every system. A message is masked first, so that most messages of a
template become the same text: those are found in a dictionary and never reach the tree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from drain3.drain import Drain, LogCluster

from labo.domain.telemetry.logs.templates import WILDCARD, Template, mask, template

_SIMILARITY = 0.5
_DEPTH = 5
_MAX_CHILDREN = 100
_MAX_CLUSTERS = 20_000
_MAX_TOKENS = 256
_CACHE = 50_000


class LogTemplates:
    """Learns templates from messages and names them.

    A template retains the text under which it was first named, however much the tree generalises it
    later: its id is part of a problem's key. So let it learn ahead before it names anything.
    """

    def __init__(self) -> None:
        self._drain = Drain(
            depth=_DEPTH,
            sim_th=_SIMILARITY,
            max_children=_MAX_CHILDREN,
            max_clusters=_MAX_CLUSTERS,
            param_str=WILDCARD,
        )
        self._known: dict[str, LogCluster] = {}
        self._names: dict[int, Template] = {}

    def learn(self, messages: Iterable[str]) -> None:
        """Learn without naming."""
        for message in messages:
            self._learn(message)

    def name_all(self, messages: Sequence[str]) -> list[Template]:
        """Learn all messages, then give each one's template."""
        clusters = [self._learn(message) for message in messages]
        return [self._name(cluster) for cluster in clusters]

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
        drain.id_to_cluster[cluster.cluster_id] = cluster
        drain.add_seq_to_prefix_tree(drain.root_node, cluster)
        self._names[cluster.cluster_id] = template(name)

    def _learn(self, message: str) -> LogCluster:
        masked = mask(message)
        cluster = self._known.get(masked)
        if cluster is None:
            # The tree is one level per token count: very long messages share one count.
            head = " ".join(masked.split(None, _MAX_TOKENS)[:_MAX_TOKENS])
            cluster, _ = self._drain.add_log_message(head)
            if len(self._known) >= _CACHE:
                self._known.clear()
            self._known[masked] = cluster
        return cluster

    def _name(self, cluster: LogCluster) -> Template:
        name = self._names.get(cluster.cluster_id)
        if name is None:
            if len(self._names) >= 2 * _MAX_CLUSTERS:
                self._forget_evicted()
            name = self._names[cluster.cluster_id] = template(cluster.get_template())
        return name

    def _forget_evicted(self) -> None:
        alive = {cluster.cluster_id for cluster in list(self._drain.clusters)}
        self._names = {key: name for key, name in self._names.items() if key in alive}
