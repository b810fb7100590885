"""Alerts that a notifier wrote as text: the lists of Alertmanager's and Grafana's templates."""

from __future__ import annotations

import json

_LONGEST = 20_000
"""Characters that are searched: the first alert stands at the beginning."""
_HEAD = "Labels:"


def labels_in(listed: object) -> dict[str, object]:
    """The labels of the first alert in a list of alerts, as text or as JSON; empty where none is.

    >>> labels_in("Labels:\\n - alertname = Slow\\n - pod = cart-0\\nAnnotations:\\n - x = y")
    {'alertname': 'Slow', 'pod': 'cart-0'}
    """
    if isinstance(listed, str):
        text = listed[:_LONGEST]
        return _of_json(listed) if text.lstrip().startswith(("[", "{")) else _of_text(text)
    return _of_alerts(listed)


def _of_text(text: str) -> dict[str, object]:
    labels: dict[str, object] = {}
    within = False
    for line in text.splitlines():
        entry = line.strip()
        if entry == _HEAD:
            if labels:
                break
            within = True
        elif within:
            name, mark, value = entry.removeprefix("- ").partition(" = ")
            if not entry.startswith("- ") or not mark:
                break
            labels[name.strip()] = value.strip()
    return labels


def _of_json(text: str) -> dict[str, object]:
    try:
        return _of_alerts(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _of_alerts(alerts: object) -> dict[str, object]:
    first = alerts[0] if isinstance(alerts, list) and alerts else alerts
    if not isinstance(first, dict):
        return {}
    labels = next((first[key] for key in ("labels", "Labels") if key in first), None)
    return dict(labels) if isinstance(labels, dict) else {}
