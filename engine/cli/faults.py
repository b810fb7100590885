"""Faults as given on the command line: `kind:target:key=value,key=value`."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from pydantic import ValidationError

from engine.description.model import System
from engine.faults.effects import EFFECTS, Kind
from engine.faults.schedule import Fault, FaultError

_DEFAULT_PART = 0.5
"""Default onset as a part of the run: as much baseline as fault."""


class DescribedFault(TypedDict):
    """A kind's usual intensity, and the components of a system that can have it."""

    intensity: float
    components: NotRequired[list[str]]


def described_faults(system: System | None) -> dict[str, DescribedFault]:
    """Every kind by its name; without a system, no components are listed."""
    known: dict[str, DescribedFault] = {}
    for kind, effect in EFFECTS.items():
        known[kind.value] = {"intensity": effect.usual}
        if system is not None:
            parts = system.components.items()
            fit = [name for name, component in parts if not effect.lacking(component)]
            known[kind.value]["components"] = fit
    return known


def read_fault(text: str, seconds: float) -> Fault:
    """One fault; by default its `onset` is half-way through the run, and it lasts to the run's end.
    Raises FaultError."""
    kind, _, rest = text.partition(":")
    target, _, settings = rest.partition(":")
    if kind not in [each.value for each in Kind]:
        known = ", ".join(sorted(each.value for each in Kind))
        raise FaultError(f"fault {text}: unknown kind {kind!r}; known: {known}")
    if not target:
        raise FaultError(f"fault {text}: it has no target; write {kind}:COMPONENT")
    values: dict[str, object] = {"kind": kind, "target": target}
    for setting in filter(None, settings.replace(":", ",").split(",")):
        key, equals, value = setting.partition("=")
        if not equals or key not in Fault.model_fields or key in ("kind", "target"):
            known = ", ".join(name for name in Fault.model_fields if name not in ("kind", "target"))
            raise FaultError(f"fault {text}: invalid setting {setting!r}; keys: {known}")
        values[key] = value
    values.setdefault("onset", seconds * _DEFAULT_PART)
    try:
        onset = float(str(values["onset"]))
    except ValueError:
        onset = 0.0
    if onset >= seconds:
        raise FaultError(
            f"fault {text}: onset: not within the run's {seconds:g} s; choose an earlier onset, "
            "or a longer run with --seconds"
        )
    values.setdefault("duration", seconds - onset)
    try:
        return Fault.model_validate(values)
    except ValidationError as error:
        reasons = [f"{each['loc'][0]}: {each['msg']}" for each in error.errors() if each["loc"]]
        raise FaultError(f"fault {text}: {'; '.join(reasons)}") from error
