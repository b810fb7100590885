"""An API server of one Deployment and its ReplicaSets, as strict as the published API: paths,
query, content types, JSON Patch, resource versions; bodies by the official client's models.

It stands for the real thing only as far as those say; nothing was recorded from a cluster.
"""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubernetes import client

from tests.builders.answering import Request
from tests.builders.receiver import Reply

BASE = "/apis/apps/v1/namespaces/shop"
REVISION = "deployment.kubernetes.io/revision"
Json = dict[str, Any]


def a_template(image: str, **labels: str) -> Json:
    return {
        "metadata": {"labels": {"app": "cart", **labels}},
        "spec": {"containers": [{"name": "cart", "image": image}]},
    }


class KubernetesApi:
    """`deployment` is what is stored. Its controller is played by `roll_out`."""

    def __init__(self) -> None:
        self.deployment: Json = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": "cart", "namespace": "shop", "uid": "u1", "resourceVersion": "100",
                "generation": 3, "annotations": {REVISION: "3"},
            },
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": "cart"}},
                "template": a_template("cart:3"),
            },
            "status": {},
        }  # fmt: skip
        self.sets = [self._set(number) for number in (1, 2, 3)]
        self.patches = 0
        self.changes_before_patch = 0
        self.roll_out()

    def roll_out(self) -> None:
        """What the controller does: bring the pods to the template, and write the status."""
        replicas = self.deployment["spec"]["replicas"]
        self.deployment["status"] = {
            "observedGeneration": self.deployment["metadata"]["generation"],
            "replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas,
        }  # fmt: skip

    def respond(self, request: Request) -> Reply:
        url = urlsplit(request.path)
        query = parse_qs(url.query, strict_parsing=True) if url.query else {}
        match request.method, url.path:
            case "GET", path if path == f"{BASE}/deployments":
                return self._answer({"kind": "DeploymentList", "items": [self.deployment]})
            case "GET", path if path == f"{BASE}/deployments/cart":
                return self._answer(self.deployment)
            case "GET", path if path == f"{BASE}/replicasets":
                assert query == {"labelSelector": ["app=cart"]}
                return self._answer({"kind": "ReplicaSetList", "items": self.sets})
            case "PATCH", path if path == f"{BASE}/deployments/cart":
                return self._patch(request, query)
        return self._status(404, "NotFound")

    def _patch(self, request: Request, query: dict[str, list[str]]) -> Reply:
        if request.headers["content-type"] != "application/json-patch+json":
            return self._status(415, "UnsupportedMediaType")
        if query.pop("fieldManager", None) != ["labo"]:
            return self._status(400, "BadRequest")
        is_dry = query.pop("dryRun", None) == ["All"]
        if query:
            return self._status(400, "BadRequest")
        if self.changes_before_patch:
            self.changes_before_patch -= 1
            self._bump()
        changed = patched(self.deployment, json.loads(request.body))
        if changed["metadata"]["resourceVersion"] != self.deployment["metadata"]["resourceVersion"]:
            return self._status(409, "Conflict")
        if not keeps_its_form(changed):
            return self._status(422, "Invalid")
        if not is_dry:
            self.patches += 1
            if changed["spec"] != self.deployment["spec"]:
                changed["metadata"]["generation"] += 1
            self.deployment = changed
            self._bump()
        return self._answer(changed)

    def _bump(self) -> None:
        version = int(self.deployment["metadata"]["resourceVersion"])
        self.deployment["metadata"]["resourceVersion"] = str(version + 1)

    @staticmethod
    def _set(number: int) -> Json:
        return {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"cart-{number}", "namespace": "shop",
                "annotations": {REVISION: str(number)},
                "ownerReferences": [
                    {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart", "uid": "u1"}
                ],
            },
            "spec": {
                "selector": {"matchLabels": {"app": "cart"}},
                "template": a_template(f"cart:{number}", **{"pod-template-hash": f"h{number}"}),
            },
        }  # fmt: skip

    @staticmethod
    def _answer(body: Json) -> Reply:
        return Reply(body=json.dumps(body).encode())

    @staticmethod
    def _status(code: int, reason: str) -> Reply:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason}
        return Reply(code, json.dumps({**status, "code": code}).encode())


def patched(document: Json, patch: list[Json]) -> Json:
    """RFC 6902 on objects: `add` and `replace` are all that is accepted."""
    changed = copy.deepcopy(document)
    for step in patch:
        assert set(step) == {"op", "path", "value"}
        *parents, last = [
            part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]
        ]
        where = changed
        for part in parents:
            where = where[part]
        assert step["op"] == "add" or (step["op"] == "replace" and last in where)
        where[last] = step["value"]
    return changed


def keeps_its_form(deployment: Json) -> bool:
    """Whether the client's model of a Deployment holds every field, under its published name."""
    api = client.ApiClient()
    try:
        read = api.deserialize(json.dumps(deployment), "V1Deployment", "application/json")
    except ValueError:
        return False
    return bool(api.sanitize_for_serialization(read) == deployment)
