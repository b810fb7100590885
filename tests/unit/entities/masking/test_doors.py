"""No secret of the corpus passes a door: graph, store, log, prompt, message, terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import structlog
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from labo import logs
from labo.adapters.log_files.templates import LogTemplates
from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.sources.alertmanager import ALERTMANAGER
from labo.adapters.sources.generic import GENERIC
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.logs.lines import SourceLine
from labo.domain.telemetry.logs.parser import LineParser
from labo.prompts.first_opinion import first_opinion
from labo.prompts.structured_proposal import structured_proposal
from labo.services.ingest.log_reader import LogOrigin, LogReader
from tests.builders.escalation import a_case
from tests.builders.secrets_by_form import Sample, samples_by_form
from tests.builders.secrets_by_name import samples_by_name

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
ALL = [*samples_by_form(3), *samples_by_name(3)]
SAMPLES = list({sample.name.partition(":")[0]: sample for sample in ALL}.values())
"""One of each kind: the redactor itself is tested with all."""


def left(shown: str, sample: Sample) -> Iterator[str]:
    """What of the sample can still be read, also through JSON."""
    plain = shown.replace("\\", "")
    for secret in sample.secrets:
        if secret in shown or (secret.isalnum() and secret in plain):
            yield f"{sample.name}: {shown[:200]}"


def test_no_secret_comes_in_by_a_hook() -> None:
    """Not in the title, a label, an annotation, a link, the key, or the raw payload."""
    found: list[str] = []
    for sample in SAMPLES:
        alert = {
            "status": "firing",
            "labels": {"alertname": "Failed", "detail": sample.text},
            "annotations": {"summary": sample.text, "description": sample.text},
            "startsAt": "2026-01-31T11:58:04Z",
            "generatorURL": f"http://a.test/?q={sample.text}",
            "fingerprint": sample.text,
        }
        body = {"version": "4", "status": "firing", "alerts": [alert], "receiver": "r"}
        found += left(str(ALERTMANAGER.normalise(body, {})), sample)
        own = {"title": sample.text, "status": "firing", "id": sample.text, "severity": "error"}
        found += left(str(GENERIC.normalise(own, {})), sample)

    assert found == []


def _log_reader() -> LogReader:
    origin = LogOrigin("default", "shop", "app")
    return LogReader(origin, LineParser(NOW).parse, LogTemplates().name_all)


def test_no_secret_comes_in_by_a_log_line() -> None:
    """Not in the event, its template, its labels, or the stored line; as a file or as OTLP."""
    found: list[str] = []
    for sample in SAMPLES:
        one_line = sample.text.replace("\r", "\\r").replace("\n", "\\n")
        text = f"2026-03-03 12:00:00 ERROR pay - failed: {one_line}"
        request = ExportLogsServiceRequest()
        record = request.resource_logs.add().scope_logs.add().log_records.add()
        record.body.string_value = f"failed: {sample.text}"
        record.severity_number = 17
        entry = OtlpEntry("default", "logs", "shop", 1.0, "d", request.SerializeToString())
        records = OtlpIntake("default").read(entry).records
        by_file, by_otlp = _log_reader(), _log_reader()
        by_file.read([(SourceLine("f", 1, text), None)], NOW)
        by_otlp.read([(source, parsed) for _, source, parsed in records], NOW)
        for read in (by_file.flush(NOW), by_otlp.flush(NOW)):
            found += left(f"{read.events} {read.lines}", sample)
            assert len(read.events) == 1

    assert found == []


def test_no_secret_comes_in_by_a_span() -> None:
    """Not in its name, status or attributes, as the exemplar shows them."""
    found: list[str] = []
    for sample in SAMPLES:
        request = ExportTraceServiceRequest()
        span = (
            request.resource_spans.add()
            .scope_spans.add()
            .spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, kind=2, name="GET /")
        )
        span.status.code = 2
        span.status.message = sample.text
        span.attributes.add(key="note").value.string_value = sample.text
        intake = OtlpIntake("default")
        entry = OtlpEntry("default", "traces", "shop", 3600.0, "d", request.SerializeToString())
        found += left(str(intake.roll([intake.read(entry)]).traces), sample)

    assert found == []


def test_no_secret_reaches_a_model() -> None:
    """Not by the case, and not by what was proposed and tried before."""
    found: list[str] = []
    for sample in SAMPLES:
        case = a_case(title=sample.text)
        case = replace(case, attempts=(sample.text,), proposed=(sample.text,))
        for prompt in (first_opinion(case), structured_proposal(case)):
            found += left(json.dumps(prompt.facts) + prompt.data, sample)

    assert found == []


@pytest.fixture
def own_log() -> Iterator[Callable[..., None]]:
    """Sets up the log, which is one for all tests of a process, and puts it back afterwards."""
    before = structlog.get_config()
    yield logs.configure
    structlog.configure(**before)


def test_no_secret_is_in_our_own_log(
    own_log: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Not as a field, in a text, in a nested value, or in an exception; counts of tokens stay."""
    own_log("INFO", json=True)
    log, found = structlog.get_logger(), []
    for sample in SAMPLES:
        try:
            raise ValueError(sample.text)
        except ValueError:
            log.exception("work.failed", note=sample.text, nested={"items": [sample.text]})
        found += left(capsys.readouterr().err, sample)
    log.info("answered", input_tokens=512, output_tokens=3, password="x1", api_token="x2")
    shown = json.loads(capsys.readouterr().err)

    assert found == []
    assert (shown["input_tokens"], shown["output_tokens"]) == (512, 3)
    assert (shown["password"], shown["api_token"]) == ("***", "***")


def test_nothing_foreign_steers_the_terminal_by_our_log(
    own_log: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines of an exception stay lines."""
    own_log("INFO", json=False)
    structlog.get_logger().info("work.failed", note="a\x1b[2J\x1b]0;t\x07b\u202ec", more="d\ne")
    shown = capsys.readouterr().err

    assert "\x1b[2J" not in shown
    assert "\x1b]0" not in shown
    assert "abc" in shown
    assert "\u202e" not in shown
