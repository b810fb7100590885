"""Descriptions: what is well formed loads, what is impossible is refused with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from engine.catalogue import BUNDLED, load_system
from engine.description.file import DescriptionError, parse_system
from engine.description.model import Distribution, Role, Service
from engine.description.rates import call_rates, mean_service, utilisation
from engine.description.schema import schema_text
from tests.unit.engine.observed import SHOP, healthy, shop

ROOT = Path(__file__).parents[3]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_description_becomes_a_system() -> None:
    """Names, numbers and defaults are where the text says."""
    system = shop()

    assert system.components["shelf"].role is Role.CACHE
    assert system.components["shop"].operations["buy"].calls[0].retries == 2
    assert (system.load.timeout, system.components["auth"].cache) == (5.0, None)


def test_the_bundled_system_has_every_part_of_a_streaming_service() -> None:
    """It loads by its name, has each role, and bears its load with room for faults."""
    system = load_system("streaming")

    assert {component.role for component in system.components.values()} == set(Role)
    assert len(system.components) == 17
    assert max(utilisation(system).values()) < 0.7


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("workers: 12", "workers: 0", "greater than or equal to 1, not 0"),
        ("role: database", "role: oracle", "'oracle'"),
        ("component: auth,", "component: attic,", "unknown component 'attic'"),
        ("operation: check,", "operation: sing,", "'auth' has no operation 'sing'"),
        ("host: c", "host: z", "unknown host 'z'"),
        ("pools: {store:", "pools: {attic:", "unknown component 'attic'"),
        ("pools: {store:", "pools: {mail:", "a pool to a component it never calls"),
        ("used: 4.0e+8", "used: 4.0e+9", "must be below the limit"),
        ("rate: 25", "rate: .nan", "finite number, not nan"),
        ("rate: 25", "rate: 25\n  bursts: {every: 5, length: 9}", "shorter than `every`"),
        ("timeout: 1}", "timeout: 1, on_miss: true}", "there is no cache look-up"),
        ("queue: 60", "queues: 60", "unknown field; engine/schema.json"),
        ("name: shop", "name: my shop", "a letter, then up to 63 letters, digits"),
        ("  store:\n    role: database", "  store:", "store.role: is missing"),
        ("operation: buy}]", "operation: bye}]", "'edge' has no operation 'bye'"),
    ],
)
def test_an_impossible_description_is_refused_with_its_line(
    old: str, new: str, reason: str
) -> None:
    """The error names file, line, place and reason."""
    text = SHOP.replace(old, new, 1)

    with pytest.raises(DescriptionError) as caught:
        parse_system(text, "shop.yaml")
    number = line_of(text, new.splitlines()[-1])
    assert str(caught.value).startswith(f"shop.yaml:{number}: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("{component: edge, operation: buy, probability: 0.1}", None),
        ("{component: shop, operation: buy, probability: 0.1}", "a cycle of calls without a time"),
        (
            "{component: shop, operation: buy, timeout: 1}",
            r"it would never end \(shop.buy -> auth.check -> shop.buy\)",
        ),
        ("{component: shop, operation: buy, asynchronous: true}", "calls that are always made"),
    ],
)
def test_a_cycle_needs_a_timeout_and_an_end(call: str, reason: str | None) -> None:
    """A cycle is allowed when a call in it has a timeout and one is not always made."""
    text = SHOP.replace(
        "check: {service: {median: 0.01, spread: 0.3}}",
        f"check: {{service: {{median: 0.01}}, calls: [{call}]}}",
    )
    if reason and "without" in reason:
        text = text.replace("operation: check, timeout: 0.3", "operation: check")
    if reason is None:
        assert parse_system(text).components["auth"].operations["check"].calls[0].timeout is None
        return

    with pytest.raises(DescriptionError, match=reason):
        parse_system(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("- a\n- b", "s.yaml:1: a description must be a mapping"),
        ("a: 1\nb: [", "s.yaml:2: "),
        ("a: 1\na: 2", "s.yaml:2: found duplicate key"),
        ("", "s.yaml:1: a description must be a mapping"),
        ("a: \0", "s.yaml:1: "),
    ],
)
def test_a_text_that_is_no_description_is_refused(text: str, error: str) -> None:
    """Broken YAML is named with its line, as anything else."""
    with pytest.raises(DescriptionError) as caught:
        parse_system(text, "s.yaml")
    assert str(caught.value).startswith(error)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file and one that is not text are bad input, not a stack trace."""
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(DescriptionError, match=r"none\.yaml:1: cannot be read: No such file"):
        load_system(tmp_path / "none.yaml")
    with pytest.raises(DescriptionError, match="shop: neither a file nor a bundled system"):
        load_system("shop")
    with pytest.raises(DescriptionError, match="not valid UTF-8"):
        load_system(binary)


def test_the_schema_is_up_to_date_and_accepts_the_bundled_systems() -> None:
    """`make schema` leaves engine/schema.json as it is; editors accept what the engine does."""
    schema = (ROOT / "engine" / "schema.json").read_text(encoding="utf-8")

    assert schema == schema_text()
    for path in BUNDLED.glob("*.yaml"):
        document = YAML(typ="safe", pure=True).load(path)
        jsonschema.validate(document, json.loads(schema))


def test_expected_rates_are_what_a_run_shows() -> None:
    """Calls per second of each component, misses included, come within a tenth."""
    expected = call_rates(shop())

    for component in ("edge", "auth", "store", "sender"):
        rate = sum(each for node, each in expected.items() if node[0] == component)
        seen = len(healthy().hops(component, 0, 26)) / 26
        assert seen == pytest.approx(rate, rel=0.12)


def test_mean_service_times_follow_their_laws() -> None:
    """Of a median of 1 s: lognormal e^(s²/2), exponential 1/ln 2, constant 1."""
    means = [mean_service(Service(kind=kind, median=1.0, spread=0.5)) for kind in Distribution]

    assert means == pytest.approx([1.1331, 1.4427, 1.0], abs=1e-4)
