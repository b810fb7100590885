"""Loading templates only when a trusted key signed them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from labo.adapters.templates import canonical, load_templates, template_digest
from labo.errors import Forbidden, InvalidInput

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))

CONTENT: dict[str, object] = {
    "id": "nudge",
    "version": 1,
    "title": "Nudge",
    "description": "",
    "risk_level": "low",
    "command": ["nudge", "{hard}"],
    "rollback": "none",
    "parameters": [{"name": "hard", "type": "boolean"}],
}


def write(
    folder: Path, content: dict[str, object], *, key: Ed25519PrivateKey = KEY, name: str = ""
) -> Path:
    """A signed template, and the public key that is trusted in this folder."""
    public = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    (folder / "keys.json").write_text(json.dumps({"k": public}))
    signature = base64.b64encode(key.sign(canonical(content))).decode()
    path = folder / (name or f"{content['id']}.v{content['version']}.json")
    path.write_text(
        json.dumps({"template": content, "signature": {"key": "k", "value": signature}})
    )
    sign_set(folder)
    return path


def sign_set(folder: Path) -> None:
    digests = {
        path.name: template_digest(json.loads(path.read_text())["template"])
        for path in folder.glob("*.v*.json")
    }
    signature = base64.b64encode(KEY.sign(canonical(digests))).decode()
    (folder / "set.json").write_text(
        json.dumps({"set": digests, "signature": {"key": "k", "value": signature}})
    )


def test_the_bundled_templates_are_signed_and_bounded() -> None:
    """What is shipped passes its own policy."""
    assert set(load_templates()) == {
        "flush_cache",
        "open_ticket",
        "raise_pool_size",
        "restart_service",
        "rollback_deploy",
        "scale_out",
    }


def test_the_newest_version_counts(tmp_path: Path) -> None:
    """Old versions stay readable files."""
    for version in (2, 10, 9):
        write(tmp_path, {**CONTENT, "version": version})

    assert load_templates(tmp_path)["nudge"].key == "nudge@10"


def test_a_changed_template_is_refused(tmp_path: Path) -> None:
    """One changed character after signing is enough."""
    path = write(tmp_path, CONTENT)
    path.write_text(path.read_text().replace("Nudge", "nudge"))

    with pytest.raises(Forbidden, match="changed after it was signed"):
        load_templates(tmp_path)


def test_a_foreign_signature_is_refused(tmp_path: Path) -> None:
    """A key of the same name but not the same bytes signs nothing here."""
    write(tmp_path, CONTENT, key=OTHER)

    with pytest.raises(Forbidden):
        load_templates(tmp_path)


@pytest.mark.parametrize("signature", [{"key": "", "value": ""}, {"key": "k", "value": "?"}])
def test_an_unsigned_template_is_refused(tmp_path: Path, signature: dict[str, str]) -> None:
    """No signature, or none that is one."""
    path = write(tmp_path, CONTENT)
    path.write_text(json.dumps({"template": CONTENT, "signature": signature}))

    with pytest.raises(Forbidden):
        load_templates(tmp_path)


def test_without_trusted_keys_nothing_is_trusted(tmp_path: Path) -> None:
    """A missing key file is no permission."""
    write(tmp_path, CONTENT)
    (tmp_path / "keys.json").unlink()

    with pytest.raises(Forbidden):
        load_templates(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"template": {}}', '{"template": 1, "signature": 2}']
)
def test_a_malformed_file_is_named(tmp_path: Path, text: str) -> None:
    """The message says which file."""
    write(tmp_path, CONTENT).write_text(text)

    with pytest.raises(InvalidInput, match=r"nudge\.v1\.json"):
        load_templates(tmp_path)


def test_a_signed_but_wrong_template_is_refused(tmp_path: Path) -> None:
    """A signature vouches for the origin, not for the form."""
    write(tmp_path, {**CONTENT, "risk_level": "none"})

    with pytest.raises(InvalidInput, match="risk_level"):
        load_templates(tmp_path)


def test_a_signed_template_under_another_name_is_refused(tmp_path: Path) -> None:
    """A file cannot pose as another template or version."""
    write(tmp_path, CONTENT, name="restart_service.v9.json")

    with pytest.raises(InvalidInput, match="name"):
        load_templates(tmp_path)


@pytest.mark.parametrize("text", ["[]", '{"k": "?"}', '{"k": "AAAA"}'])
def test_unreadable_keys_are_refused(tmp_path: Path, text: str) -> None:
    """Trust is never guessed."""
    write(tmp_path, CONTENT)
    (tmp_path / "keys.json").write_text(text)

    with pytest.raises(InvalidInput, match="keys"):
        load_templates(tmp_path)


def test_a_template_that_was_taken_away_is_missed(tmp_path: Path) -> None:
    """The newest version cannot be removed so that an older one counts again."""
    write(tmp_path, CONTENT)
    newest = write(tmp_path, {**CONTENT, "version": 2})
    newest.unlink()

    with pytest.raises(Forbidden, match=r"nudge\.v2\.json"):
        load_templates(tmp_path)


def test_a_template_that_was_put_back_is_refused(tmp_path: Path) -> None:
    """A template signed once does not count once it left the set."""
    retired = write(tmp_path, {**CONTENT, "id": "retired"}).read_text()
    (tmp_path / "retired.v1.json").unlink()
    write(tmp_path, CONTENT)
    (tmp_path / "retired.v1.json").write_text(retired)

    with pytest.raises(Forbidden, match=r"retired\.v1\.json"):
        load_templates(tmp_path)


def test_templates_without_a_set_are_refused(tmp_path: Path) -> None:
    """Each signed alone is not enough."""
    write(tmp_path, CONTENT)
    (tmp_path / "set.json").unlink()

    with pytest.raises(Forbidden, match="set is missing"):
        load_templates(tmp_path)
