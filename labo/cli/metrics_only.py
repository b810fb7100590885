"""The metrics that `labo diagnose --metrics-only` names."""

from __future__ import annotations

import json
import re
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{32}")


def read_metrics_only(given: str, *, offline: bool, data: Path | None) -> frozenset[str]:
    """From a file (the JSON of `labo metrics minimal`, or a list of names), from comma-separated
    names, or by the id of a set stored by the running stack.

    Raises InvalidInput when no metric is named, NotFound for an unknown id.
    """
    from labo.errors import InvalidInput

    path = Path(given)
    if path.is_file():
        names = _from_json(path)
    elif _ID.fullmatch(given) and not offline:
        names = _from_stack(given, data)
    else:
        names = [name.strip() for name in given.split(",")]
    wanted = frozenset(name for name in names if name)
    if not wanted:
        raise InvalidInput("no metric is named", where="--metrics-only")
    return wanted


def _from_json(path: Path) -> list[str]:
    from labo.errors import InvalidInput

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}:{error.colno}"
        raise InvalidInput(f"not JSON: {error.msg}", where=where) from None
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("can't be read as UTF-8", where=str(path)) from None
    names = data.get("metrics") if isinstance(data, dict) else data
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidInput(
            "a list of metrics is expected",
            where=f"{path}: $.metrics",
            hint="see `labo metrics minimal --json`",
        )
    return names


def _from_stack(id_: str, data: Path | None) -> list[str]:
    from graph import metric_sets
    from labo.cli.connection import ask_services, connected_settings

    stored = ask_services(connected_settings(data), lambda labo: metric_sets.get(labo.graph, id_))
    return list(stored.metrics)
