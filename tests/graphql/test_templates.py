"""Templates through the API: listed, published, deprecated and revoked, by whom and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labo.adapters.templates.registry import SignedRegistry
from labo.domain.entities.tokens import Scope
from labo.domain.governance.autonomy import Autonomy
from labo.domain.governance.risk import RiskLevel
from labo.domain.governance.templates import TemplateStatus
from labo.errors import Conflict, Forbidden, InvalidInput, NotFound
from labo.services.governance.execution_gate import ExecutionGate, Intention
from labo.services.governance.templates import TemplateService
from tests.builders.templates import NUDGE, NUDGE_2, put, sign, signed
from tests.graphql.conftest import Caller

FIELDS = "key kind status decidedBy reason isBundled signedBy fault digest title content"
LIST = "query ($kind: TemplateKind) { templates(kind: $kind) { %s } }" % FIELDS  # noqa: UP031
CHANGE = """mutation ($id: ID!, $reason: String!) { %s(id: $id, reason: $reason) {
  __typename ... on TemplateVersion { key status decidedBy reason }
  ... on Failure { code message } } }"""
PUBLISH = """mutation ($id: ID!, $digest: String!, $reason: String!) {
  publishTemplate(id: $id, digest: $digest, reason: $reason) {
    __typename ... on TemplateVersion { key status decidedBy }
    ... on Failure { code message where } } }"""


async def admin(caller: Caller) -> str:
    return await caller.token(Scope.ADMIN)


async def change(caller: Caller, verb: str, key: str, token: str | None = None) -> dict[str, Any]:
    name = f"{verb}Template"
    answer = await caller.answer(
        CHANGE % name, {"id": key, "reason": "it hung"}, token=token or await admin(caller)
    )
    changed: dict[str, Any] = answer["data"][name]
    return changed


def of_folder(caller: Caller, folder: Path) -> TemplateService:
    """The service of the caller's workspace over a folder of one's own."""
    return TemplateService(caller.graph, SignedRegistry.open(folder, bundled=False))


def digest_of(folder: Path, key: str = "nudge@1") -> str:
    templates = SignedRegistry.open(folder, bundled=False).templates
    return next(one.digest for one in templates if one.key == key)


@pytest.mark.stack
async def test_what_came_with_the_product_is_active(caller: Caller) -> None:
    """Nobody had to decide; the list says what each version holds."""
    listed = (await caller.ask(LIST, kind="ACTION"))["templates"]

    assert [one["key"] for one in listed][:4] == [
        "flush_cache@1",
        "open_ticket@1",
        "raise_pool_size@1",
        "restart_service@1",
    ]
    assert {(one["status"], one["decidedBy"], one["fault"]) for one in listed} == {
        ("ACTIVE", "labo", None)
    }
    assert "labo-action" in listed[0]["content"]


@pytest.mark.stack
async def test_agents_are_listed_too(caller: Caller) -> None:
    """One registry, two kinds."""
    listed = (await caller.ask(LIST, kind="AGENT"))["templates"]

    assert [one["key"] for one in listed] == ["first_opinion@1", "structured_proposal@1"]


@pytest.mark.stack
async def test_one_version_is_found_by_its_key(caller: Caller) -> None:
    """Or said to be unknown."""
    query = """query ($id: ID!) { template(id: $id) {
      __typename ... on TemplateVersion { version title } ... on Failure { code } } }"""

    assert (await caller.ask(query, id="restart_service@2"))["template"] == {
        "__typename": "TemplateVersion",
        "version": 2,
        "title": "Restart a service",
    }
    assert (await caller.ask(query, id="restart_service@7"))["template"]["code"] == "not_found"
    assert (await caller.ask(query, id="restart_service"))["template"]["code"] == "invalid_input"


@pytest.mark.stack
@pytest.mark.parametrize("verb", ["deprecate", "revoke"])
async def test_only_an_administrator_decides(caller: Caller, verb: str) -> None:
    """Operating is approving single actions, not changing what may be proposed."""
    token = await caller.token(Scope.READ, Scope.OPERATE)

    assert (await change(caller, verb, "scale_out@1", token))["code"] == "forbidden"


@pytest.mark.stack
async def test_publishing_needs_the_scope_too(caller: Caller) -> None:
    """Deny by default."""
    answer = await caller.ask(PUBLISH, id="scale_out@1", digest="", reason="x")

    assert answer["publishTemplate"]["code"] == "forbidden"


@pytest.mark.stack
async def test_a_revoked_version_stays_revoked(caller: Caller) -> None:
    """Who and why are kept; the version before counts again."""
    revoked = await change(caller, "revoke", "restart_service@2")
    again = await change(caller, "deprecate", "restart_service@2")
    offered = await caller.labo.workspace(caller.workspace).governance.templates.offered()

    assert (revoked["status"], revoked["decidedBy"], revoked["reason"]) == (
        "REVOKED",
        "tester",
        "it hung",
    )
    assert again["code"] == "conflict"
    assert offered["restart_service"].key == "restart_service@1"


@pytest.mark.stack
async def test_a_deprecated_version_can_be_published_again(caller: Caller) -> None:
    """By the digest that was looked at, no other."""
    await change(caller, "deprecate", "scale_out@1")
    listed = (await caller.ask(LIST))["templates"]
    digest = next(one["digest"] for one in listed if one["key"] == "scale_out@1")
    refused = await caller.answer(
        PUBLISH,
        {"id": "scale_out@1", "digest": "0" * 64, "reason": "x"},
        token=await admin(caller),
    )
    published = await caller.answer(
        PUBLISH,
        {"id": "scale_out@1", "digest": digest, "reason": "mended"},
        token=await admin(caller),
    )

    assert refused["data"]["publishTemplate"]["code"] == "forbidden"
    assert published["data"]["publishTemplate"]["status"] == "ACTIVE"


@pytest.mark.stack
async def test_another_workspace_decides_for_itself(caller: Caller) -> None:
    """What one revokes, the others still use."""
    await change(caller, "revoke", "scale_out@1")
    other = caller.labo.workspace(f"{caller.workspace}-other").governance.templates

    assert (await other.get("scale_out@1")).version.status is TemplateStatus.ACTIVE


@pytest.mark.stack
async def test_a_template_of_ones_own_waits_to_be_published(caller: Caller, tmp_path: Path) -> None:
    """Signing says where it is from; publishing, that it may be used here."""
    service, digest = of_folder(caller, signed(tmp_path)), digest_of(tmp_path)
    with pytest.raises(Forbidden, match="draft"):
        await service.verify("nudge@1", digest)
    assert await service.offered() == {}
    await service.publish("nudge@1", digest=digest, by="ada", reason="tried it")
    await service.verify("nudge@1", digest)

    assert list(await service.offered()) == ["nudge"]
    assert (await service.get("nudge@1")).version.decided_by == "ada"


@pytest.mark.stack
async def test_deciding_twice_keeps_the_first(caller: Caller, tmp_path: Path) -> None:
    """A repeated message changes neither name nor reason."""
    service, digest = of_folder(caller, signed(tmp_path)), digest_of(tmp_path)
    await service.publish("nudge@1", digest=digest, by="ada", reason="tried it")
    again = await service.publish("nudge@1", digest=digest, by="bob", reason="me too")

    assert (again.version.decided_by, again.version.reason) == ("ada", "tried it")


@pytest.mark.stack
async def test_a_changed_text_is_no_longer_what_was_published(
    caller: Caller, tmp_path: Path
) -> None:
    """Even signed: a changed template is a new version."""
    old = digest_of(signed(tmp_path))
    await of_folder(caller, tmp_path).publish("nudge@1", digest=old, by="ada", reason="r")
    put(tmp_path, {**NUDGE, "command": ["nudge", "harder", "{hard}"]})
    sign(tmp_path)
    service, new = of_folder(caller, tmp_path), digest_of(tmp_path)

    for digest in (old, new):
        with pytest.raises(Forbidden, match="not the template that was shown"):
            await service.verify("nudge@1", digest)
    with pytest.raises(Conflict, match="new version"):
        await service.publish("nudge@1", digest=new, by="ada", reason="r")
    assert "decided on" in (await service.get("nudge@1")).fault


@pytest.mark.stack
async def test_a_folder_that_was_put_back_is_refused(caller: Caller, tmp_path: Path) -> None:
    """Everything in it is signed; only the graph remembers that there was more."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        signed(folder)
    put(new, NUDGE_2)
    sign(new)
    await of_folder(caller, new).publish(
        "nudge@2", digest=digest_of(new, "nudge@2"), by="ada", reason="r"
    )

    with pytest.raises(Forbidden, match="put back"):
        await of_folder(caller, old).publish("nudge@1", digest=digest_of(old), by="ada", reason="r")
    gone = await of_folder(caller, old).get("nudge@2")
    assert "no folder" in gone.fault


@pytest.mark.stack
async def test_a_decision_needs_a_reason_and_a_template(caller: Caller) -> None:
    """Nothing is decided otherwise."""
    service = caller.labo.workspace(caller.workspace).governance.templates

    with pytest.raises(InvalidInput, match="reason"):
        await service.revoke("scale_out@1", by="ada", reason=" ")
    with pytest.raises(NotFound):
        await service.revoke("scale_out@9", by="ada", reason="r")


@pytest.mark.stack
async def test_the_gate_asks_the_policy_about_what_is_there_now(
    caller: Caller, tmp_path: Path
) -> None:
    """Revoked between approval and execution is refused, and so is an outdated version."""
    service = of_folder(caller, signed(tmp_path, NUDGE, NUDGE_2))
    policy = caller.labo.governance.policy
    gate = ExecutionGate(caller.workspace, "production", service, policy)

    digests = {key: digest_of(tmp_path, key) for key in ("nudge@1", "nudge@2")}

    async def rules(key: str) -> list[str]:
        intention = Intention(key, digests[key], RiskLevel.LOW, "n1", "n1", "ada")
        return [hit.rule for hit in (await gate.check(intention, Autonomy.APPROVE)).rules]

    assert await rules("nudge@1") == ["unpublished"]
    for key, digest in digests.items():
        await service.publish(key, digest=digest, by="ada", reason="r")
    assert (await rules("nudge@1"), await rules("nudge@2")) == (["outdated"], [])
    await service.revoke("nudge@2", by="ada", reason="r")
    assert (await rules("nudge@1"), await rules("nudge@2")) == ([], ["revoked"])
    (tmp_path / "set.dsse.json").unlink()
    assert await rules("nudge@1") == ["unsigned"]
