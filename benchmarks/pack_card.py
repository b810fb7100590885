"""The card of the knowledge pack: what it knows, what it was never shown, how it was measured."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from labo.domain.knowledge.experiences import NON_ROOT
from labo.domain.knowledge.knowledge import FORMAT_VERSION, Knowledge

PACK_VERSION = 1
"""Raised when the pack is learnt anew from something else."""
FORMATS = "../../../docs/exchange-formats.md#knowledge"


@dataclass(frozen=True, slots=True)
class PackFigures:
    """Of `asked` incidents, each in a system left out of the pack: how many root components came
    first without and with it, how many sure verdicts were wrong, how many were also `named`."""

    asked: int
    right_alone: int
    wrong_alone: int
    right: int
    wrong: int
    named: int


def card(pack: Knowledge, figures: PackFigures, systems: Sequence[str]) -> str:
    """The card as Markdown."""
    titles = sorted({one.title for one in pack.training_examples} - {NON_ROOT})
    roles = sorted({one.role for one in pack.training_examples})
    shown = sum(bool(problem.conditions) for problem in pack.problems)
    calibration = pack.calibration
    text = f"""# The knowledge pack, version {PACK_VERSION}

Written by `labo lab pack`, in format {FORMAT_VERSION} of [exchange formats]({FORMATS}). Why so:
ADR 0044.

**What it knows.** {pack.resolved_incidents} labelled incidents of {len(systems)} generated systems
({", ".join(systems)}), each kind of fault that the system can have once:
{", ".join(titles)}; on {", ".join(roles)}. From them {shown} signatures of a fault on a role,
{len(pack.training_examples)} training examples for the weights, and {len(pack.edges)} causal edges
that paired runs validated. It names roles and metrics, no component, and no text of a log line.

**What it was never shown.** Any real system or public data set; metrics with other names than those
of OpenTelemetry and of `docs/opentelemetry.md`; faults of disks, of the network's bandwidth, of
threads; two faults at once; windows without a fault; other intensities than the usual ones; the
words of log lines. The systems `streaming` and those of the exam were left out, so that both still
test.

**How it was measured.** Each system asked with a pack learnt from the others, {figures.asked}
incidents: the root component came first in {figures.right} ({figures.right_alone} without a pack),
component and problem in {figures.named}; sure and wrong {figures.wrong} ({figures.wrong_alone}
without). On foreign systems: `python -m benchmarks knowledge_pack`.

**How far it counts.** All of it as five labels at most; an imported problem is compared only where
a component measures what it moves; claims arrive as *proposed*. Its calibration
({calibration.incidents} claims, slope {calibration.slope:.2f}) was measured in the lab and corrects
nothing elsewhere, so that nothing is CONFIRMED by the pack.
"""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(textwrap.fill(one, 100, break_on_hyphens=False) for one in paragraphs) + "\n"
