"""Keys that expire, are replaced and revoked; and templates verified once more when used."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labo.adapters.templates.registry import SignedRegistry
from labo.adapters.templates.signing import Revocations, read_or_create_key, trust
from labo.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.builders.templates import KEY, NUDGE, OTHER, put, sign, signed

ENVELOPE = "action/nudge/v1/template.dsse.json"


def at(when: datetime) -> Callable[[], datetime]:
    return lambda: when


def registry(folder: Path, *, days: int = 0) -> SignedRegistry:
    """The folder's, some days from now."""
    return SignedRegistry.open(
        folder, bundled=False, clock=at(datetime.now(UTC) + timedelta(days=days))
    )


def digest_of(folder: Path, key: str = "nudge@1") -> str:
    return next(one.digest for one in registry(folder).templates if one.key == key)


@pytest.mark.parametrize(("days", "fault"), [(-1, "valid from"), (366, "expired at")])
def test_a_key_counts_while_it_is_valid(tmp_path: Path, days: int, fault: str) -> None:
    """What it signed stays known, with the reason why it is not used."""
    signed(tmp_path)
    [one] = registry(tmp_path, days=days).templates

    assert fault in one.fault
    assert registry(tmp_path, days=days).newest_actions() == {}


def test_an_expired_template_is_refused_when_it_is_executed(tmp_path: Path) -> None:
    """A process that started before the key ended does not outlive it."""
    digest = digest_of(signed(tmp_path))
    moment = [datetime.now(UTC)]
    opened = SignedRegistry.open(tmp_path, bundled=False, clock=lambda: moment[0])
    opened.verify("nudge@1", digest)
    moment[0] += timedelta(days=366)

    with pytest.raises(Forbidden, match="expired"):
        opened.verify("nudge@1", digest)


def test_a_key_is_replaced_by_signing_with_the_next(tmp_path: Path) -> None:
    """The old key can be taken out of keys.json at once: everything is signed anew."""
    signed(tmp_path)
    sign(tmp_path, key=OTHER, name="k2")
    keys = json.loads((tmp_path / "keys.json").read_text())
    (tmp_path / "keys.json").write_text(json.dumps({"k2": keys["k2"]}))

    assert [one.signed_by for one in registry(tmp_path).templates] == ["k2"]


def test_a_revoked_key_has_signed_nothing(tmp_path: Path) -> None:
    """The set is signed by its successor, an old template by the revoked one."""
    signed(tmp_path)
    old = (tmp_path / ENVELOPE).read_bytes()
    sign(tmp_path, key=OTHER, name="k2", revoked=Revocations(keys={"k": "lost"}))
    (tmp_path / ENVELOPE).write_bytes(old)

    assert registry(tmp_path).templates[0].fault == "its key k was revoked: lost"


def test_a_set_cannot_revoke_its_own_key(tmp_path: Path) -> None:
    """Who lost a key signs with another."""
    put(tmp_path, NUDGE)
    sign(tmp_path, revoked=Revocations(keys={"k": "lost"}))

    with pytest.raises(Forbidden, match="revokes the key that signed it"):
        registry(tmp_path)


def test_a_revocation_counts_without_a_restart(tmp_path: Path) -> None:
    """The files are read again before each execution."""
    digest = digest_of(signed(tmp_path))
    opened = registry(tmp_path)
    opened.verify("nudge@1", digest)
    sign(tmp_path, revoked=Revocations(digests={digest: "it nudged too hard"}))

    with pytest.raises(Forbidden, match="it nudged too hard"):
        opened.verify("nudge@1", digest)


def test_what_is_executed_is_what_was_shown(tmp_path: Path) -> None:
    """An approval names a digest; another template of that name is not approved."""
    opened = registry(signed(tmp_path))

    with pytest.raises(Forbidden, match="not the template that was shown"):
        opened.verify("nudge@1", "0" * 64)
    with pytest.raises(NotFound):
        opened.verify("nudge@7", "0" * 64)


def test_no_folder_replaces_a_version_of_another(tmp_path: Path) -> None:
    """A folder of one's own adds versions and names."""
    restart = {**NUDGE, "id": "restart_service", "version": 1}
    signed(tmp_path, restart)

    with pytest.raises(InvalidInput, match="twice"):
        SignedRegistry.open(tmp_path)


def test_a_folder_of_ones_own_adds_a_version(tmp_path: Path) -> None:
    """It is signed by a key of one's own."""
    signed(tmp_path, {**NUDGE, "id": "restart_service", "version": 3})

    assert SignedRegistry.open(tmp_path).newest_actions()["restart_service"].version == 3


def test_an_action_and_an_agent_cannot_share_a_name(tmp_path: Path) -> None:
    """A key names one thing."""
    signed(tmp_path, {**NUDGE, "id": "first_opinion", "version": 2})

    with pytest.raises(InvalidInput, match="same name"):
        SignedRegistry.open(tmp_path)


def test_a_private_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    """A second run signs with the same key."""
    path = tmp_path / "sub" / "k.pem"
    first = read_or_create_key(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_create_key(path).private_bytes_raw() == first.private_bytes_raw()


@pytest.mark.parametrize("text", ["", "-----BEGIN PRIVATE KEY-----\nAA==\n"])
def test_what_is_no_private_key_is_refused(tmp_path: Path, text: str) -> None:
    """It is never overwritten either."""
    path = tmp_path / "k.pem"
    path.write_text(text)

    with pytest.raises(InvalidInput, match="PEM"):
        read_or_create_key(path)


def test_a_key_name_is_not_given_twice(tmp_path: Path) -> None:
    """An old signature would be checked with the new key otherwise."""
    signed(tmp_path)

    with pytest.raises(Conflict):
        trust(tmp_path, "k", OTHER, timedelta(days=1))


def test_a_canonical_payload_is_what_the_envelope_carries(tmp_path: Path) -> None:
    """Any tool that reads DSSE can check it: nothing of ours is needed."""
    envelope = json.loads((signed(tmp_path) / ENVELOPE).read_text())
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"]
    text = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)

    KEY.public_key().verify(base64.b64decode(envelope["signatures"][0]["sig"]), text)
    assert json.loads(payload) == NUDGE
