"""Business keys and ids: stable digests, so that writing the same thing twice changes nothing.

Composite keys are built and parsed here and nowhere else. One of the two parts may contain the
separator as it is; in the other part it is percent-encoded, `%3A` for `:` and `%2F` for `/`, as in
a URL. Names without the separator, nearly all of them, are unchanged.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from enum import StrEnum


class KeyKind(StrEnum):
    """What a key may be of that a person types."""

    INCIDENT = "incident"
    PROBLEM = "problem"
    EDGE = "edge"
    PROPOSAL = "proposal"


def digest(*parts: str, length: int = 32) -> str:
    """SHA-256 over the parts, unambiguously framed, cut to `length` hex digits (max. 64)."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()[:length]


def component_key(system: str, name: str) -> str:
    """A component's key begins with its system: `shop/checkout`. With an empty name it is the
    common prefix of the keys of the system's components."""
    return f"{_guarded(system, '/')}/{name}"


def system_and_name(component: str) -> tuple[str, str]:
    """The parts of a component's key; the system is empty where the key has none.

    >>> system_and_name("shop/pay/checkout"), system_and_name("checkout")
    (('shop', 'pay/checkout'), ('', 'checkout'))
    """
    system, slash, name = component.partition("/")
    return (_restored(system, "/"), name) if slash else ("", component)


def measurement_key(owner: str, metric: str) -> str:
    """A metric on a component, or on the components of a role: `orders-db:latency`.

    Without an owner it means the metric on any component.
    """
    return f"{owner}:{_guarded(metric, ':')}" if owner else metric


def owner_and_metric(measurement: str) -> tuple[str, str]:
    """The parts of a measurement's key; the owner is empty in a bare metric.

    >>> owner_and_metric("AWS::Fargate:latency"), owner_and_metric("latency")
    (('AWS::Fargate', 'latency'), ('', 'latency'))
    """
    owner, _, metric = measurement.rpartition(":")
    return (owner, _restored(metric, ":")) if owner else ("", measurement)


def hypothesis_key(problem: str, component: str) -> str:
    """That `problem` (its title, or a fault's kind) is on `component`: `slow disk@orders-db`."""
    return f"{problem}@{component}"


def problem_and_component(hypothesis: str, components: Collection[str]) -> tuple[str, str]:
    """The parts, stripped of blanks; the problem is empty in a text without `@`.

    A name may contain an `@`: the component is the longest of `components` that fits, or what
    follows the last `@` where none does.

    >>> problem_and_component("full@queue@eu", ["queue@eu"]), problem_and_component("full", [])
    (('full', 'queue@eu'), ('', 'full'))
    """
    parts = hypothesis.split("@")
    for i in range(1, len(parts)):
        if (component := "@".join(parts[i:]).strip()) in components:
            return "@".join(parts[:i]).strip(), component
    return "@".join(parts[:-1]).strip(), parts[-1].strip()


def _guarded(text: str, mark: str) -> str:
    """`text` with `mark` encoded. What already looks like its code gets one more `25`, so that it
    is restored to what it was."""
    code = f"{ord(mark):02X}"
    if mark not in text and code not in text:
        return text
    return re.sub(f"%((?:25)*){code}", rf"%25\g<1>{code}", text).replace(mark, f"%{code}")


def _restored(text: str, mark: str) -> str:
    """The `text` that was `_guarded`."""
    code = f"{ord(mark):02X}"
    if code not in text:
        return text

    def plain(found: re.Match[str]) -> str:
        return f"%{found[1][2:]}{code}" if found[1] else mark

    return re.sub(f"%((?:25)*){code}", plain, text)


def batch_id(ids: Iterable[str]) -> str:
    """The id of a batch is the digest of its members' sorted ids."""
    return digest("batch", *sorted(ids))
