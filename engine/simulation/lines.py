"""The log lines of the running system: one function per kind of line.

Templates are constant, with variable parts named in braces, so that a reader of logs can group
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.records import LogLine, Severity

if TYPE_CHECKING:
    from engine.simulation.run import Run
    from engine.simulation.system import Component
    from engine.simulation.work import Work


def write(
    run: Run,
    component: Component,
    severity: Severity,
    template: str,
    values: dict[str, str],
    work: Work | None = None,
) -> None:
    """Write one line of a component, within the hop `work` where there is one."""
    if work is not None and not work.trace:
        return
    at = run.env.now + component.skew
    trace, span = (None, None) if work is None else (work.trace, work.span)
    run.sink.line(LogLine(at, component.name, severity, template, values, trace, span))


def _of_caller(work: Work, severity: Severity, template: str, values: dict[str, str]) -> None:
    """A line of the calling component; a caller outside of the system writes none."""
    if work.parent is not None:
        write(work.run, work.parent.component, severity, template, values, work.parent)


def timed_out(work: Work) -> None:
    plan = work.plan
    if plan is not None:
        values = _peer(work) | {"seconds": f"{plan.timeout:g}"}
        template = "call of {operation} on {peer} timed out after {seconds} s"
        _of_caller(work, Severity.WARN, template, values)


def breaker_opened(work: Work) -> None:
    _of_caller(work, Severity.ERROR, "circuit breaker to {peer} opened", _peer(work))


def no_connection(work: Work, waited: float) -> None:
    values = _peer(work) | {"seconds": f"{waited:.3g}"}
    template = "no connection to {peer} came free within {seconds} s: pool exhausted"
    _of_caller(work, Severity.ERROR, template, values)


def no_rows(made: Work) -> None:
    template = "{operation} on {peer} returned no rows"
    _of_caller(made, Severity.ERROR, template, _peer(made))


def certificate_refused(work: Work) -> None:
    template = "TLS handshake with {peer} failed: certificate has expired"
    _of_caller(work, Severity.ERROR, template, {"peer": work.component.name})


def queue_full(work: Work) -> None:
    values = {"operation": work.operation.name, "waiting": str(len(work.component.queue))}
    template = "queue is full with {waiting} waiting, {operation} rejected"
    write(work.run, work.component, Severity.WARN, template, values, work)


def failed(work: Work) -> None:
    values = {"operation": work.operation.name, "version": _version(work.component)}
    template = "unexpected error in {operation} of version {version}"
    write(work.run, work.component, Severity.ERROR, template, values, work)


def lock_waited(work: Work, waited: float) -> None:
    values = {"operation": work.operation.name, "seconds": f"{waited:.3g}"}
    template = "{operation} waited {seconds} s for a lock"
    write(work.run, work.component, Severity.WARN, template, values, work)


def slow(work: Work) -> None:
    values = {"operation": work.operation.name, "seconds": f"{work.ended - work.started:.3g}"}
    template = "slow query: {operation} took {seconds} s"
    write(work.run, work.component, Severity.WARN, template, values, work)


def stopped(run: Run, component: Component) -> None:
    write(run, component, Severity.FATAL, "process ended unexpectedly", {})


def out_of_memory(run: Run, component: Component) -> None:
    values = {"bytes": f"{component.memory:.0f}"}
    write(run, component, Severity.FATAL, "out of memory with {bytes} bytes in use", values)


def started(run: Run, component: Component) -> None:
    values = {"version": _version(component)}
    write(run, component, Severity.INFO, "started version {version}", values)


def flushed(run: Run, component: Component, entries: int) -> None:
    values = {"entries": str(entries)}
    write(run, component, Severity.INFO, "cache flushed, {entries} entries dropped", values)


def deleted(run: Run, component: Component) -> None:
    write(run, component, Severity.INFO, "bulk delete finished", {})


def _version(component: Component) -> str:
    return f"1.{component.version}.0"


def _peer(work: Work) -> dict[str, str]:
    return {"operation": work.operation.name, "peer": work.component.name}
