"""Loading templates only when a trusted key signed them, and verifying them once more when used."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from labo.adapters.templates import load_templates
from labo.adapters.templates.registry import SignedRegistry
from labo.adapters.templates.signing import trust
from labo.errors import Forbidden, InvalidInput
from tests.builders.templates import KEY, NUDGE, OTHER, put, sign, signed

TEMPLATE = "action/nudge/v1/template.json"
ENVELOPE = "action/nudge/v1/template.dsse.json"


def test_the_bundled_templates_are_signed_and_bounded() -> None:
    """What is shipped passes its own policy."""
    assert {template.key for template in load_templates().values()} == {
        "flush_cache@1",
        "open_ticket@1",
        "raise_pool_size@1",
        "restart_service@2",
        "rollback_deploy@1",
        "scale_out@1",
    }


def test_the_bundled_agents_are_in_the_same_registry() -> None:
    """What N1 and N2 run is signed as what they may propose is."""
    bundled = SignedRegistry.open()

    assert {one.key for one in bundled.templates if one.kind == "agent"} == {
        "first_opinion@1",
        "structured_proposal@1",
    }
    assert all(one.fault == "" and one.signed_by == "labo-3" for one in bundled.templates)


def test_the_newest_version_counts(tmp_path: Path) -> None:
    """Old versions stay readable files."""
    signed(tmp_path, *({**NUDGE, "version": version} for version in (2, 10, 9)))

    assert load_templates(tmp_path)["nudge"].key == "nudge@10"


def test_an_empty_folder_has_no_templates(tmp_path: Path) -> None:
    """Nothing is there to be refused."""
    assert load_templates(tmp_path) == {}


def test_a_changed_template_is_refused(tmp_path: Path) -> None:
    """One changed character after signing is enough."""
    path = signed(tmp_path) / TEMPLATE
    path.write_text(path.read_text().replace("Nudge", "nudge"))

    with pytest.raises(Forbidden, match="changed after it was signed"):
        load_templates(tmp_path)


def test_another_layout_of_the_same_json_is_the_same_template(tmp_path: Path) -> None:
    """What is signed is the canonical form: people may indent."""
    path = signed(tmp_path) / TEMPLATE
    path.write_text(json.dumps(json.loads(path.read_text()), indent=7, sort_keys=True))

    assert load_templates(tmp_path)["nudge"].title == "Nudge"


def test_a_foreign_signature_is_refused(tmp_path: Path) -> None:
    """A key of the same name but not the same bytes signs nothing here."""
    put(tmp_path, NUDGE)
    sign(tmp_path, key=OTHER)
    (tmp_path / "keys.json").unlink()
    trust(tmp_path, "k", KEY, timedelta(days=1))

    with pytest.raises(Forbidden, match="not signed by a trusted key"):
        load_templates(tmp_path)


@pytest.mark.parametrize(
    "signatures", [[], [{"keyid": "k", "sig": ""}], [{"keyid": "other", "sig": "AAAA"}]]
)
def test_an_unsigned_template_is_refused(tmp_path: Path, signatures: list[object]) -> None:
    """No signature, or none that is one."""
    path = signed(tmp_path) / ENVELOPE
    path.write_text(json.dumps({**json.loads(path.read_text()), "signatures": signatures}))

    with pytest.raises(Forbidden, match="not signed by a trusted key"):
        load_templates(tmp_path)


@pytest.mark.parametrize("name", [ENVELOPE, "set.dsse.json", "set.json"])
def test_a_missing_signature_is_refused(tmp_path: Path, name: str) -> None:
    """A template without its envelope, a set without its own, or no set at all."""
    (signed(tmp_path) / name).unlink()

    with pytest.raises(Forbidden, match="missing"):
        load_templates(tmp_path)


def test_without_trusted_keys_nothing_is_trusted(tmp_path: Path) -> None:
    """A missing key file is no permission."""
    (signed(tmp_path) / "keys.json").unlink()

    with pytest.raises(Forbidden):
        load_templates(tmp_path)


def test_the_set_cannot_pass_as_a_template(tmp_path: Path) -> None:
    """A signature is for one type of document."""
    signed(tmp_path)
    shutil.copy(tmp_path / "set.json", tmp_path / TEMPLATE)
    shutil.copy(tmp_path / "set.dsse.json", tmp_path / ENVELOPE)

    with pytest.raises(Forbidden, match="signed as something else"):
        load_templates(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"payload": "", "payloadType": "", "signatures": 1}', '{"payload": 1}', "["],
)
def test_a_malformed_envelope_is_named(tmp_path: Path, text: str) -> None:
    """The message says of which file it is."""
    (signed(tmp_path) / ENVELOPE).write_text(text)

    with pytest.raises(InvalidInput, match=r"action/nudge/v1/template\.json"):
        load_templates(tmp_path)


def test_one_key_signs_once(tmp_path: Path) -> None:
    """Two signatures under one name are an attempt at something."""
    path = signed(tmp_path) / ENVELOPE
    envelope = json.loads(path.read_text())
    envelope["signatures"] *= 2
    path.write_text(json.dumps(envelope))

    with pytest.raises(InvalidInput, match="not a DSSE envelope"):
        load_templates(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"risk_level": "none"}, "risk_level"),
        ({"surprise": 1}, "unknown field 'surprise'"),
        ({"parameters": [{"name": "hard", "type": "boolean", "x": 1}]}, r"parameters\.x"),
        ({"parameters": [{"name": "Hard", "type": "boolean"}], "command": ["x"]}, "lower-case"),
        ({"command": ["nudge", "{soft}"]}, "placeholders differ"),
        ({"command": ["{hard}"]}, "first argument must be fixed"),
    ],
)
def test_a_signed_but_wrong_template_is_refused(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    """A signature vouches for the origin, not for the form."""
    signed(tmp_path, {**NUDGE, **changes})

    with pytest.raises(InvalidInput, match=message):
        load_templates(tmp_path)


def test_a_signed_template_under_another_name_is_refused(tmp_path: Path) -> None:
    """A file cannot pose as another template or version."""
    path = put(tmp_path, {**NUDGE, "id": "restart_service", "version": 9})
    path.write_text(json.dumps(NUDGE))
    sign(tmp_path)

    with pytest.raises(InvalidInput, match="place must be action/nudge/v1"):
        load_templates(tmp_path)


def test_a_file_that_is_no_template_is_refused(tmp_path: Path) -> None:
    """Nothing lies beside what is signed, unsigned."""
    (signed(tmp_path) / "action/nudge/v1/notes.json").write_text("{}")

    with pytest.raises(InvalidInput, match=r"notes\.json"):
        load_templates(tmp_path)


@pytest.mark.parametrize(
    "text", ["[]", '{"k": "?"}', '{"k": {"public": "00"}}', '{"k": {"public": "' + "0" * 64 + '"}}']
)
def test_unreadable_keys_are_refused(tmp_path: Path, text: str) -> None:
    """Trust is never guessed."""
    (signed(tmp_path) / "keys.json").write_text(text)

    with pytest.raises(InvalidInput, match="keys"):
        load_templates(tmp_path)


def test_a_template_that_was_taken_away_is_missed(tmp_path: Path) -> None:
    """The newest version cannot be removed so that an older one counts again."""
    signed(tmp_path, NUDGE, {**NUDGE, "version": 2})
    shutil.rmtree(tmp_path / "action/nudge/v2")

    with pytest.raises(Forbidden, match=r"nudge/v2/template\.json"):
        load_templates(tmp_path)


def test_a_template_that_was_put_back_is_refused(tmp_path: Path) -> None:
    """A template signed once does not count once it left the set."""
    signed(tmp_path, NUDGE, {**NUDGE, "id": "retired"})
    shutil.move(tmp_path / "action/retired", tmp_path / "away")
    sign(tmp_path)
    shutil.move(tmp_path / "away", tmp_path / "action/retired")

    with pytest.raises(Forbidden, match=r"retired/v1/template\.json"):
        load_templates(tmp_path)


def test_a_template_exchanged_for_an_older_text_is_refused(tmp_path: Path) -> None:
    """Its signature holds, but the set lists what came after it."""
    signed(tmp_path)
    old = {name: (tmp_path / name).read_bytes() for name in (TEMPLATE, ENVELOPE)}
    put(tmp_path, {**NUDGE, "title": "Nudge gently"})
    sign(tmp_path)
    for name, text in old.items():
        (tmp_path / name).write_bytes(text)

    with pytest.raises(Forbidden, match="not those of the signed set"):
        load_templates(tmp_path)


def test_the_revision_grows_with_each_change_alone(tmp_path: Path) -> None:
    """Signing again what is the same makes no new set."""
    signed(tmp_path)
    sign(tmp_path)
    assert SignedRegistry.open(tmp_path, bundled=False).templates[0].set_revision == 1
    put(tmp_path, {**NUDGE, "version": 2})
    sign(tmp_path)

    assert SignedRegistry.open(tmp_path, bundled=False).templates[0].set_revision == 2
