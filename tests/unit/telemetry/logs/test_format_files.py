"""Every format's own samples, by the parser that reads all formats."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labo.domain.telemetry.logs.formats import Sample, built_in_formats
from labo.domain.telemetry.logs.parser import LineParser
from labo.domain.telemetry.logs.samples import mismatches

PARSER = LineParser(datetime(2026, 11, 29, tzinfo=UTC))
SAMPLES = [
    pytest.param(sample, id=f"{known.name}-{number}")
    for known in built_in_formats().values()
    for number, sample in enumerate(known.samples)
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_is_read_as_its_format_says(sample: Sample) -> None:
    """Level, error or not, time, component, message and status of each sample are right."""
    assert mismatches(sample, PARSER.parse(sample.line)) == []
