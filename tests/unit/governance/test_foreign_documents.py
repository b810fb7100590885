"""Strange files in the place of templates, migrations, sets, keys and envelopes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from labo.adapters.templates.documents import migration_of, schemas, template_of
from labo.adapters.templates.envelope import MAX_BYTES
from labo.adapters.templates.registry import SignedRegistry
from labo.domain.governance.templates import TemplateKind
from labo.errors import InvalidInput, LaboError
from tests.builders.templates import NUDGE, NUDGE_2, TO_NUDGE_2, put, put_migration, sign

BUNDLED = Path(__file__).parents[3] / "templates"
FILES = (
    "keys.json",
    "set.json",
    "set.dsse.json",
    "action/nudge/v2/template.json",
    "action/nudge/v2/template.dsse.json",
    "action/nudge/v2/migration.json",
    "action/nudge/v2/migration.dsse.json",
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("templates")
    put(made, NUDGE)
    put(made, NUDGE_2)
    put_migration(made, TO_NUDGE_2)
    sign(made)
    return made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FILES), data=st.data())
def test_a_strange_file_is_refused_and_never_crashes(
    folder: Path, tmp_path: Path, name: str, data: st.DataObject
) -> None:
    """Any bytes, any JSON, or the right file with some bytes changed: an expected failure, or the
    same templates."""
    original = (folder / name).read_bytes()
    start = data.draw(st.integers(0, len(original)))
    changed = st.binary(max_size=8).map(lambda new: original[:start] + new + original[start + 4 :])
    strange = data.draw(st.binary(max_size=200) | values.map(_as_json) | changed)
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    (copy / name).write_bytes(strange)
    before = SignedRegistry.open(folder, bundled=False)

    try:
        after = SignedRegistry.open(copy, bundled=False)
    except LaboError as error:
        assert str(error)
    else:
        assert [one.digest for one in after.templates] == [one.digest for one in before.templates]
        assert after.migrations == before.migrations


def _as_json(value: object) -> bytes:
    return json.dumps(value).encode()


@given(changes=st.dictionaries(st.sampled_from(sorted(NUDGE)), values, min_size=1))
def test_a_template_of_any_form_is_checked_or_refused(changes: Mapping[str, object]) -> None:
    """Pydantic's and our own checks raise one kind of error."""
    try:
        template = template_of(TemplateKind.ACTION, {**NUDGE, **changes}, "here")
    except InvalidInput:
        return
    assert template.id
    assert template.version >= 1


@given(content=values)
def test_a_migration_of_any_form_is_checked_or_refused(content: object) -> None:
    """So do migrations."""
    with pytest.raises(InvalidInput):
        migration_of(content, "here")


@pytest.mark.parametrize("text", [b" " * (MAX_BYTES + 1), b"[" * 100_000, b"\xff\xfe", b"NaN"])
def test_what_is_too_large_deep_or_no_json_is_refused(tmp_path: Path, text: bytes) -> None:
    """Reading a file costs a bounded amount."""
    path = put(tmp_path, NUDGE)
    sign(tmp_path)
    path.write_bytes(text)

    with pytest.raises(InvalidInput):
        SignedRegistry.open(tmp_path, bundled=False)


def test_the_shipped_schemas_are_those_of_the_code() -> None:
    """`make schema` writes them."""
    shipped = {
        path.name: json.loads(path.read_text()) for path in (BUNDLED / "schemas").glob("*.json")
    }

    assert shipped == schemas()


@pytest.mark.parametrize(
    "path", sorted(str(one.relative_to(BUNDLED)) for one in BUNDLED.glob("*/*/v*/*[a-z].json"))
)
def test_what_is_bundled_fits_its_schema(path: str) -> None:
    """An editor that knows the schema says the same as `labo templates lint`."""
    if path.endswith(".dsse.json"):
        return
    name = "migration" if path.endswith("migration.json") else path.split("/")[0]
    content = json.loads((BUNDLED / path).read_text())

    Draft202012Validator(schemas()[f"{name}.schema.json"]).validate(content)
