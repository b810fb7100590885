"""Contradictions in a description whose parts are each well formed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.description.model import Call, System

Path = tuple[str | int, ...]
Finding = tuple[Path, str]
Node = tuple[str, str]


def check(system: System) -> Iterator[Finding]:
    """Each error, as its path in the document and the reason."""
    unknown = [*_unknown_names(system)]
    yield from unknown
    if not unknown:
        yield from _mismatches(system)
        yield from _cycles(
            system,
            lambda call: call.timeout is None and not call.asynchronous,
            "a cycle of calls without a timeout: it would hold workers for ever",
        )
        yield from _cycles(
            system,
            lambda call: call.probability >= 1.0,
            "a cycle of calls that are always made: it would never end",
        )


def _unknown_names(system: System) -> Iterator[Finding]:
    for index, entry in enumerate(system.load.entries):
        yield from _unknown(system, entry.component, entry.operation, ("load", "entries", index))
    for name, component in system.components.items():
        path: Path = ("components", name)
        if component.host not in system.hosts:
            yield (*path, "host"), f"unknown host {component.host!r}"
        for callee in component.pools:
            if callee not in system.components:
                yield (*path, "pools", callee), f"unknown component {callee!r}"
    for (name, operation), index, call in _calls(system):
        path = ("components", name, "operations", operation, "calls", index)
        yield from _unknown(system, call.component, call.operation, path)


def _unknown(system: System, component: str, operation: str, path: Path) -> Iterator[Finding]:
    if component not in system.components:
        yield (*path, "component"), f"unknown component {component!r}"
    elif operation not in system.components[component].operations:
        yield (*path, "operation"), f"{component!r} has no operation {operation!r}"


def _mismatches(system: System) -> Iterator[Finding]:
    for name, component in system.components.items():
        heap = component.heap
        if heap is not None and heap.used >= heap.limit:
            yield ("components", name, "heap", "used"), "used memory must be below the limit"
        called = {call.component for each in component.operations.values() for call in each.calls}
        for callee in sorted(component.pools.keys() - called):
            yield ("components", name, "pools", callee), "a pool to a component it never calls"
    bursts = system.load.bursts
    if bursts is not None and bursts.length >= bursts.every:
        yield ("load", "bursts", "length"), "a burst must be shorter than `every`"
    for (name, operation), index, call in _calls(system):
        path = ("components", name, "operations", operation, "calls", index)
        earlier = system.components[name].operations[operation].calls[:index]
        caches = [system.components[each.component].cache for each in earlier]
        if call.on_miss and system.components[name].cache is None and not any(caches):
            yield (*path, "on_miss"), "there is no cache look-up before this call"


def _calls(system: System) -> Iterator[tuple[Node, int, Call]]:
    for name, component in system.components.items():
        for operation, described in component.operations.items():
            for index, call in enumerate(described.calls):
                yield (name, operation), index, call


def _cycles(system: System, follows: Callable[[Call], bool], reason: str) -> Iterator[Finding]:
    """The first call found that closes a cycle of calls for which `follows` holds."""
    edges: dict[Node, list[tuple[int, Node]]] = {}
    for node, index, call in _calls(system):
        if follows(call):
            edges.setdefault(node, []).append((index, (call.component, call.operation)))
    done: set[Node] = set()
    for start in edges:
        trail: list[tuple[Node, Iterator[tuple[int, Node]]]] = [(start, iter(edges[start]))]
        open_nodes = {start}
        while trail:
            node, rest = trail[-1]
            index, callee = next(rest, (-1, node))
            if index < 0:
                done.add(node)
                open_nodes.discard(node)
                trail.pop()
            elif callee in open_nodes:
                nodes = [each for each, _ in trail]
                circle = [*nodes[nodes.index(callee) :], callee]
                way = " -> ".join(".".join(each) for each in circle)
                path = ("components", node[0], "operations", node[1], "calls", index)
                yield path, f"{reason} ({way})"
                return
            elif callee not in done:
                open_nodes.add(callee)
                trail.append((callee, iter(edges.get(callee, ()))))
