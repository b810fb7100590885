"""Which executor the settings choose for which action template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from labo.adapters.executor.ticket import TicketExecutor
from labo.adapters.templates import load_templates
from labo.errors import InvalidInput
from labo.escalation_settings import WebhookExecutorSettings
from labo.ports.executor import Executor
from labo.services.escalation.executors import BY_HAND, Executors
from labo.settings import Settings

if TYPE_CHECKING:
    from labo.adapters.outgoing import OutgoingPolicy


class CheckedExecutor(Executor, Protocol):
    """An executor that can tell an operator whether the system behind it is there."""

    async def check(self) -> str:
        """What it reached, in a sentence. Raises Unavailable. Changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class ExecutorChoice:
    """`by_name` holds those that are used; a person (`BY_HAND`) is always one. `executors` chooses
    among them."""

    by_name: Mapping[str, CheckedExecutor]
    executors: Executors


def choose_executors(settings: Settings) -> ExecutorChoice:
    """Raises InvalidInput when one that is used lacks a setting, for an unknown template, and for
    one that the executor named for it can't run; Forbidden for an unsigned template."""
    chosen = settings.executors
    used = {BY_HAND, chosen.default, *chosen.by_template.values()}
    by_name = {name: _executor(name, settings) for name in sorted(used)}
    known = {template.id for template in load_templates().values()}
    for template, name in chosen.by_template.items():
        where = "LABO_EXECUTORS__BY_TEMPLATE"
        if template not in known:
            raise InvalidInput(
                f"there is no template {template}", where=where, hint=", ".join(sorted(known))
            )
        if not by_name[name].can_run(template):
            raise InvalidInput(f"the executor {name} can't run {template}", where=where)
    return ExecutorChoice(by_name, Executors(by_name, chosen.by_template, chosen.default))


def _executor(name: str, settings: Settings) -> CheckedExecutor:
    match name:
        case "webhook":
            return _webhook(settings)
        case "n8n":
            return _n8n(settings)
        case "command":
            return _command(settings)
        case "kubernetes":
            return _kubernetes(settings)
        case "engine":
            return _engine(settings)
    return TicketExecutor()


def _webhook(settings: Settings) -> CheckedExecutor:
    from labo.adapters.executor.webhook import WebhookExecutor

    chosen = settings.executors.webhook
    url, secret = _address(chosen, "webhook")
    return WebhookExecutor(url, secret, _policy(url, chosen), frozenset(chosen.templates))


def _n8n(settings: Settings) -> CheckedExecutor:
    from labo.adapters.executor.n8n import N8nExecutor

    chosen = settings.executors.n8n
    url, secret = _address(chosen, "n8n")
    folder = settings.data_dir.absolute() / "executions" / "n8n"
    return N8nExecutor(url, secret, _policy(url, chosen), folder, frozenset(chosen.templates))


def _command(settings: Settings) -> CheckedExecutor:
    from labo.adapters.executor.command import CommandExecutor
    from labo.adapters.executor.sandbox import Cage

    chosen = settings.executors.command
    if not chosen.programs:
        raise InvalidInput(
            "no program is allowed",
            where="LABO_EXECUTORS__COMMAND__PROGRAMS",
            hint='{"labo-action": "/usr/local/bin/labo-action"}',
        )
    return CommandExecutor(
        chosen.programs,
        settings.data_dir.absolute() / "executions" / "command",
        Cage(chosen.user, chosen.namespaces),
        timeout_s=chosen.timeout_s,
        templates=frozenset(chosen.templates),
    )


def _kubernetes(settings: Settings) -> CheckedExecutor:
    from labo.adapters.executor.kubernetes import KubernetesExecutor, open_cluster

    chosen = settings.executors.kubernetes
    api = open_cluster(chosen.kubeconfig, chosen.context)
    return KubernetesExecutor(api, chosen.namespace, chosen.deployments, timeout_s=chosen.timeout_s)


def _engine(settings: Settings) -> CheckedExecutor:
    from labo.adapters.executor.engine import EngineExecutor

    socket = settings.executors.engine.socket
    if socket is None:
        raise InvalidInput("needs the engine's socket", where="LABO_EXECUTORS__ENGINE__SOCKET")
    return EngineExecutor(socket)


def _address(chosen: WebhookExecutorSettings, name: str) -> tuple[str, str]:
    """URL and secret."""
    where = f"LABO_EXECUTORS__{name.upper()}"
    if chosen.url is None or chosen.secret is None:
        raise InvalidInput("needs a URL and a secret", where=f"{where}__URL, {where}__SECRET")
    return chosen.url.get_secret_value(), chosen.secret.get_secret_value()


def _policy(url: str, chosen: WebhookExecutorSettings) -> OutgoingPolicy:
    from labo.adapters.outgoing import OutgoingPolicy

    return OutgoingPolicy(
        hosts=frozenset({(urlsplit(url).hostname or "").lower()}),
        allow_http=chosen.allow_http,
        allow_private=chosen.allow_private,
        timeout_s=chosen.timeout_s,
    )
