"""loghub 2k: log templates (grouping accuracy), parsing, error detection; eleven systems.

The data is not part of this repository (its licence is for research); `LABO_BENCH_DATA` names
the folder. One configuration for all systems. The error rules were written with the first four
systems in view; the next four were labelled afterwards and the rules not changed for them; the last
three have no labels of errors. `log_choice` says how the template rules were chosen.
Cite: Zhu et al., Loghub, ISSRE 2023; https://github.com/logpai/loghub
"""

from __future__ import annotations

import csv
import math
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drain3.drain import Drain

from benchmarks.log_accuracy import digits_masked, grouping_accuracy, grouping_f1
from benchmarks.log_choice import Choice, choose
from benchmarks.table import Table
from labo.adapters.log_files.lines import read_lines
from labo.adapters.log_files.templates import LogTemplates
from labo.domain.entities.masking import redact
from labo.domain.telemetry.logs.assembling import RecordAssembler, assess_record
from labo.domain.telemetry.logs.errors import assess
from labo.domain.telemetry.logs.lines import ParsedLine, SourceLine, level_of
from labo.domain.telemetry.logs.parser import LineParser

SEEN = ("OpenSSH", "Apache", "HDFS", "Hadoop")
HELD_OUT = ("Linux", "Zookeeper", "BGL", "HealthApp")
UNLABELLED = ("HPC", "OpenStack", "Proxifier")
GRAVE = frozenset({"ERROR", "FATAL", "SEVERE", "FAILURE"})

_ERRORS = {
    "OpenSSH": "4 5 6 7 8 9 10 11 12 13 14 15 16 17 19 20 21 27",
    "Apache": "3 4 5 6",
    "HDFS": "3",
    "Hadoop": "15 16 18 28 30 33 35 38 39 40 44 99 101 108",
    "Linux": "8 13 14 15 16 17 18 19 27 31 46 47 61 77 107 112 116",
    "Zookeeper": "5 6 11 14 49 50",
    "BGL": "82 89 90",
    "HealthApp": "31 50 54 73",
}
"""Event ids that report an error, labelled by hand; in BGL every line of a grave level, too."""


@dataclass(frozen=True)
class Score:
    """Grouping accuracies: `ga`, all lines are learnt before one is named; `live_ga`, each is named
    at once; `raw_ga`, headers are not read; `drain_ga`, of bare drain3 with its defaults;
    `control_ga`, of `digits_masked`. `f1`, `control_f1`: of the first and the last. Lines a second
    are of CPU time: of parsing the line for the first time; of `whole`, reading; of naming its
    template; of bare drain3. The three shares after the accuracies are of lines."""

    system: str
    ga: float
    f1: float
    live_ga: float
    raw_ga: float
    drain_ga: float
    control_ga: float
    control_f1: float
    message: float
    level: float
    component: float
    recall: float
    precision: float
    false_positives: float
    parsing: float
    whole: float
    naming: float
    drain: float


def data_folder() -> Path:
    """`LABO_BENCH_DATA` names the folder of public data sets; by default ../shared/data."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    return Path(os.environ.get("LABO_BENCH_DATA", default)) / "loghub2k"


def score(system: str) -> Score:
    """Parse, name and assess one system's 2,000 lines."""
    lines, rows = _lines_of(system)
    parser = LineParser(datetime.now(UTC))
    started = time.process_time()
    parsed = [parser.parse(line) for line in lines]
    parsing = time.process_time() - started
    messages = [one.message for one in parsed]
    started = time.process_time()
    named = LogTemplates().name_all(messages)
    naming = time.process_time() - started
    live = LogTemplates()
    bare, drain = bare_drain(messages)
    truth = [row["EventId"] for row in rows]
    control = [digits_masked(message) for message in messages]
    return Score(
        system,
        grouping_accuracy(named, truth),
        grouping_f1(named, truth),
        grouping_accuracy([live.name_all([message])[0] for message in messages], truth),
        grouping_accuracy(LogTemplates().name_all(lines), truth),
        grouping_accuracy(bare, truth),
        grouping_accuracy(control, truth),
        grouping_f1(control, truth),
        *_extraction(system, parsed, rows),
        *_detection(system, parsed, rows),
        len(rows) / parsing,
        len(rows) / reading_time(lines),
        len(rows) / naming,
        len(rows) / drain,
    )


def _lines_of(system: str) -> tuple[list[str], list[dict[str, str]]]:
    """The raw lines, and for each the row of the data set."""
    log = data_folder() / system / f"{system}_2k.log"
    with log.with_name(f"{log.name}_structured.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return list(read_lines(log))[: len(rows)], rows


def _detection(
    system: str, parsed: Sequence[ParsedLine], rows: Sequence[dict[str, str]]
) -> tuple[float, float, float]:
    if system in UNLABELLED:
        return math.nan, math.nan, math.nan
    found = [assess(one).is_error for one in parsed]
    return detection(found, [is_error(system, row) for row in rows])


def reading_time(lines: Sequence[str]) -> float:
    """CPU seconds of all that is done before templates: parsing, joining to records, assessing,
    hiding secrets. The least of three readings, each in another hour, so that none remembers the
    times that another one read."""
    sources = [SourceLine("", number, line) for number, line in enumerate(lines)]
    now = datetime.now(UTC)
    least = math.inf
    for hour in range(3):
        parser = LineParser(now - timedelta(hours=hour))
        started = time.process_time()
        assembler = RecordAssembler(parser.parse)
        records = [record for source in sources for record in assembler.add(source)]
        for record in (*records, *assembler.flush()):
            assess_record(record)
            redact(record.text)
        least = min(least, time.process_time() - started)
    return least


def bare_drain(messages: Sequence[str]) -> tuple[list[int], float]:
    """The cluster of each message by drain3 without masks, at its defaults; and CPU seconds."""
    drain = Drain()
    started = time.process_time()
    clusters = [drain.add_log_message(message)[0] for message in messages]
    return [cluster.cluster_id for cluster in clusters], time.process_time() - started


def is_error(system: str, row: dict[str, str]) -> bool:
    """The hand-made label of a line."""
    known = row["EventId"].removeprefix("E") in _ERRORS[system].split()
    return known or (system == "BGL" and row["Level"] in GRAVE)


def detection(found: Sequence[bool], true: Sequence[bool]) -> tuple[float, float, float]:
    """Recall, precision, and the false-positive rate over the lines without an error."""
    pairs = list(zip(found, true, strict=True))
    hits = pairs.count((True, True))
    wrong = pairs.count((True, False))
    return (
        hits / max(1, sum(true)),
        hits / max(1, hits + wrong),
        wrong / max(1, len(true) - sum(true)),
    )


_WITHOUT_LEVELS = ("Linux", "OpenSSH", "HealthApp", "HPC", "Proxifier")


def _extraction(
    system: str, parsed: Sequence[ParsedLine], rows: Sequence[dict[str, str]]
) -> tuple[float, float, float]:
    """Shares of lines whose message, level and component are the data set's.

    Not compared, since they are no truth: its OpenSSH "Component" and Linux "Level", which hold
    the host, and the levels of systems without any. Of Zookeeper's
    `…:port:Class` the class alone is.
    """
    message = level = component = 0
    for one, row in zip(parsed, rows, strict=True):
        message += one.message.split() == row["Content"].split()
        level += system in _WITHOUT_LEVELS or one.level == level_of(row["Level"])
        named = row.get("Component", "")
        component += system == "OpenSSH" or not named or one.component == named.rsplit(":", 1)[-1]
    return message / len(rows), level / len(rows), component / len(rows)


def permuted_control(system: str, seed: int = 1) -> float:
    """Precision that the detector would have if the labels were dealt at random."""
    lines, rows = _lines_of(system)
    labels = [is_error(system, row) for row in rows]
    parser = LineParser(datetime.now(UTC))
    found = [assess(parser.parse(line)).is_error for line in lines]
    random.Random(seed).shuffle(labels)
    return detection(found, labels)[1]


_ACCURACIES = ("ga", "f1", "live_ga", "raw_ga", "drain_ga", "control_ga", "control_f1")
_SHARES = ("message", "level", "component", "recall", "precision", "false_positives")
_RATES = ("naming", "drain", "parsing", "whole")
_TITLES = (
    *("system", "GA", "grouping F1", "GA, each line named at once", "GA, header unread"),
    *("GA left out, limits", "GA left out, rules"),
    *("GA, bare drain3", "GA, digits masked (control)", "F1, digits masked"),
    *("message", "level", "component", "error recall", "error precision", "false positives"),
    *("templates, lines/s", "bare drain3, lines/s", "parsing, lines/s"),
    "parsed and redacted, lines/s",
)


def run() -> Table:
    """The eleven systems, those seen while the error rules were written first."""
    scores = [score(system) for system in (*SEEN, *HELD_OUT, *UNLABELLED)]
    choice = choose({one.system: _messages_of(one.system) for one in scores})
    rows = []
    for one in scores:
        accuracies = [f"{getattr(one, name):.3f}" for name in _ACCURACIES]
        left_out = [f"{by[one.system]:.3f}" for by in (choice.limits, choice.rules)]
        shares = [_share(getattr(one, name)) for name in _SHARES]
        rates = [f"{getattr(one, name):,.0f}" for name in _RATES]
        rows.append(
            (one.system, *accuracies[:4], *left_out, *accuracies[4:], *shares, *rates),
        )
    return Table("Log lines: loghub 2k", _TITLES, tuple(rows), _notes(scores, choice))


def _messages_of(system: str) -> tuple[list[str], list[str]]:
    """The messages as they are parsed, and their true templates."""
    lines, rows = _lines_of(system)
    parser = LineParser(datetime.now(UTC))
    return [parser.parse(line).message for line in lines], [row["EventId"] for row in rows]


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _notes(scores: Sequence[Score], choice: Choice) -> tuple[str, ...]:
    held = [one for one in scores if one.system in HELD_OUT]
    count = len(scores)
    unaided = "; ".join(
        f"{system}: {', '.join(names)}"
        for system, names in choice.unaided.items()
        if choice.rules[system] < choice.limits[system] and names
    )
    return (
        f"Mean GA left out: {sum(choice.rules.values()) / count:.3f} where each rule must help the "
        f"other ten, {sum(choice.limits.values()) / count:.3f} where only the limits are chosen on "
        "them. All rules were written with the eleven systems in view.",
        f"Mean GA {_mean(scores, 'ga'):.3f}, each line named at once {_mean(scores, 'live_ga'):.3f}"
        f", header unread {_mean(scores, 'raw_ga'):.3f}"
        f"; bare drain3 {_mean(scores, 'drain_ga'):.3f}; digits masked (control) "
        f"{_mean(scores, 'control_ga'):.3f}. Mean F1 {_mean(scores, 'f1'):.3f}; digits masked "
        f"{_mean(scores, 'control_f1'):.3f}.",
        "What the mean GA loses without a rule: "
        + ", ".join(f"{name} {loss:.3f}" for name, loss in choice.losses)
        + ".",
        f"Rules that no other system speaks for, where that costs: {unaided}.",
        "All lines of all systems, one core, CPU time: templates "
        f"{_overall(scores, 'naming'):,.0f} lines/s, bare drain3 "
        f"{_overall(scores, 'drain'):,.0f}, parsing {_overall(scores, 'parsing'):,.0f}; "
        "parsed, joined to records, assessed and redacted "
        f"{_overall(scores, 'whole'):,.0f}.",
        f"Error detection on the four systems held out ({', '.join(HELD_OUT)}), mean of "
        f"systems: recall {_mean(held, 'recall'):.3f}, precision {_mean(held, 'precision'):.3f}"
        f", false positives {_mean(held, 'false_positives'):.3f}.",
    )


def _overall(scores: Sequence[Score], name: str) -> float:
    """Lines a second over all systems, each with as many lines: the harmonic mean."""
    return len(scores) / float(sum(1 / getattr(one, name) for one in scores))


def _mean(scores: Sequence[Score], name: str) -> float:
    return float(sum(getattr(one, name) for one in scores) / len(scores))
