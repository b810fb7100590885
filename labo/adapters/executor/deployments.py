"""Changes of a Kubernetes Deployment, as JSON Patches (RFC 6902).

Each patch carries the resource version that it was made for, so that the API server refuses it
(409) once anything else has changed the Deployment; and it records the action's id in the same
write. So an id that is recorded was carried out, and one that isn't was not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labo.domain.escalation.action_templates import Value

RECORD = "labo/execution"
MOST_RECORDED = 20
"""Ids that a Deployment remembers: far more than the actions on one target in a day or so."""
RESTARTED = "kubectl.kubernetes.io/restartedAt"
REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
CLOSED = "closed"

Json = dict[str, Any]
Patch = list[Json]


class Misfit(ValueError):
    """The action does not fit the Deployment as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """A patch, what it does, and the state that undoing restores."""

    patch: Patch
    detail: str
    before: Mapping[str, Value]


def restart(deployment: Json, key: str, moment: str) -> Change:
    """As `kubectl rollout restart`: an annotation of the pods' template changes."""
    if deployment["spec"].get("paused"):
        raise Misfit("its roll-outs are paused")
    metadata = deployment["spec"]["template"].get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), RESTARTED: moment}
    path = "/spec/template/metadata"
    changed = {**metadata, "annotations": annotations}
    patch = [{"op": "add", "path": path, "value": changed}]
    return _recorded(deployment, key, Change(patch, "roll-out restarted", {}))


def scale(deployment: Json, key: str, added: int) -> Change:
    """More replicas of a Deployment that has at least one."""
    before = int(deployment["spec"].get("replicas", 1))
    if before == 0:
        raise Misfit("it is scaled to 0")
    detail = f"replicas {before} to {before + added}"
    patch = [{"op": "add", "path": "/spec/replicas", "value": before + added}]
    return _recorded(deployment, key, Change(patch, detail, {"replicas": before}))


def set_replicas(deployment: Json, key: str, replicas: int) -> Change:
    patch = [{"op": "add", "path": "/spec/replicas", "value": replicas}]
    return _recorded(deployment, key, Change(patch, f"replicas back to {replicas}", {}))


def roll_back(deployment: Json, key: str, sets: Sequence[Json], steps: int) -> Change:
    """The pods' template of the revision `steps` before the present one."""
    present = revision(deployment)
    older = sorted(
        (r for r in map(revision, _owned(deployment, sets)) if r < present), reverse=True
    )
    if len(older) < steps:
        raise Misfit(f"it has {len(older)} earlier revisions")
    return to_revision(deployment, key, sets, older[steps - 1])


def to_revision(deployment: Json, key: str, sets: Sequence[Json], wanted: int) -> Change:
    """The pods' template of that revision, as its ReplicaSet has it."""
    found = [each for each in _owned(deployment, sets) if revision(each) == wanted]
    if not found:
        raise Misfit(f"revision {wanted} is gone")
    template = json.loads(json.dumps(found[0]["spec"]["template"]))
    template.get("metadata", {}).get("labels", {}).pop(HASH, None)
    patch = [{"op": "replace", "path": "/spec/template", "value": template}]
    present = revision(deployment)
    detail = f"revision {present} back to that of {wanted}"
    return _recorded(deployment, key, Change(patch, detail, {"revision": present}))


def close(deployment: Json, key: str) -> Change:
    """Record that an id will not be carried out: what is under way for it is refused then."""
    return _recorded(deployment, key, Change([], "closed", {CLOSED: True}))


def record_of(deployment: Json, key: str) -> Mapping[str, Value] | None:
    """The state before, of an id that was carried out or closed; None otherwise."""
    return _records(deployment).get(key)


def revision(item: Json) -> int:
    """The revision of a Deployment or a ReplicaSet; 0 where it has none."""
    text = str((item["metadata"].get("annotations") or {}).get(REVISION, ""))
    return int(text) if text.isdecimal() else 0


def is_rolled_out(deployment: Json) -> bool:
    """As `kubectl rollout status` decides."""
    status, wanted = deployment.get("status") or {}, deployment["spec"].get("replicas", 1)
    has_seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    updated = status.get("updatedReplicas", 0)
    is_updated = updated >= wanted and status.get("replicas", 0) <= updated
    return bool(has_seen and is_updated and status.get("availableReplicas", 0) >= updated)


def has_given_up(deployment: Json) -> bool:
    """Whether the roll-out took longer than its own deadline."""
    conditions = (deployment.get("status") or {}).get("conditions") or []
    return any(
        each.get("type") == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded"
        for each in conditions
    )


def _owned(deployment: Json, sets: Sequence[Json]) -> list[Json]:
    uid = deployment["metadata"]["uid"]
    return [
        each
        for each in sets
        if any(owner.get("uid") == uid for owner in each["metadata"].get("ownerReferences") or [])
    ]


def _recorded(deployment: Json, key: str, change: Change) -> Change:
    metadata = deployment["metadata"]
    annotations = metadata.get("annotations") or {}
    records = {**_records(deployment), key: dict(change.before)}
    kept = dict(list(records.items())[-MOST_RECORDED:])
    path = "/metadata/annotations"
    version = metadata["resourceVersion"]
    patch = [
        # Not `test`: a version that is only set makes a 409, as with any stale update.
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
        *change.patch,
        {"op": "add", "path": path, "value": {**annotations, RECORD: json.dumps(kept)}},
    ]
    return Change(patch, change.detail, change.before)


def _records(deployment: Json) -> dict[str, dict[str, Value]]:
    text = (deployment["metadata"].get("annotations") or {}).get(RECORD, "{}")
    try:
        records = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(records, dict):
        return {}
    return {str(key): value for key, value in records.items() if isinstance(value, dict)}
