"""`python -m engine mechanisms`: the true causal mechanisms of a system, for scoring only."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from engine.catalogue import load_system
from engine.cli.options import AsJson, SystemName
from engine.mechanisms.truth import Mechanism, Symptom, mechanisms


def mechanisms_command(system: SystemName, as_json: AsJson = False) -> None:
    """List the true mechanisms of a system: which symptom causes which, and where.

    Examples:

      python -m engine mechanisms streaming --json
    """
    found = mechanisms(load_system(system))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        typer.echo(_sentence(one))


def _sentence(one: Mechanism) -> str:
    return f"{_named(one.cause)} -> {_named(one.effect)}  ({one.relation})"


def _named(symptom: Symptom) -> str:
    return f"{symptom.component} {symptom.metric} {symptom.direction}"
