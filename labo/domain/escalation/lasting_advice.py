"""What to change for good after a kind of problem: general advice, one entry per behaviour."""

from __future__ import annotations

from collections.abc import Mapping

from labo.domain.entities.behaviours import Behaviour
from labo.domain.escalation.reports import Area

LASTING: Mapping[Behaviour, Mapping[Area, str]] = {
    Behaviour.SLOW: {
        Area.ARCHITECTURE: "Give callers a way to go on without its answer, or with an older one.",
        Area.CONFIGURATION: "Set time-outs below what its callers can wait for.",
        Area.MONITORING: "Record the response time of each of its dependencies apart.",
    },
    Behaviour.FAILING: {
        Area.ARCHITECTURE: "Keep its failures from spreading: isolate callers by circuit breakers.",
        Area.CONFIGURATION: "Release new versions to a part of the traffic first.",
        Area.MONITORING: "Count failures by kind and by version.",
    },
    Behaviour.UNAVAILABLE: {
        Area.ARCHITECTURE: "Run it more than once, on machines that do not fail together.",
        Area.CONFIGURATION: "Let the platform restart it when its health check fails.",
        Area.MONITORING: "Probe it from where its users are.",
    },
    Behaviour.SATURATED: {
        Area.ARCHITECTURE: "Separate the work that fills the resource from what users wait for.",
        Area.CONFIGURATION: "Bound what one caller may take of the resource.",
        Area.MONITORING: "Warn by the time that is left until the resource is full.",
    },
    Behaviour.SILENT: {
        Area.ARCHITECTURE: "Send telemetry on a way that does not depend on the component itself.",
        Area.CONFIGURATION: "Let agents buffer while their receiver is away.",
        Area.MONITORING: "Watch for the absence of its telemetry, not only for its values.",
    },
    Behaviour.TRAFFIC_CHANGED: {
        Area.ARCHITECTURE: "Put a queue or a limit between it and its callers.",
        Area.CONFIGURATION: "Let callers try again with growing pauses, and a bounded number of "
        "times.",
        Area.MONITORING: "Record requests by caller.",
    },
    Behaviour.DATA_WRONG: {
        Area.ARCHITECTURE: "Check records where they enter, and keep what was refused.",
        Area.CONFIGURATION: "Give cached entries a bounded life.",
        Area.MONITORING: "Compare copies with their source now and then.",
    },
    Behaviour.LOG_ERROR: {
        Area.ARCHITECTURE: "Handle the condition behind the line where it arises.",
        Area.CONFIGURATION: "Give the line a level that says whether users are affected.",
        Area.MONITORING: "Count the line as a metric.",
    },
    Behaviour.CHANGED: {
        Area.ARCHITECTURE: "Make changes of it reversible in one step.",
        Area.CONFIGURATION: "Keep its configuration under version control.",
        Area.MONITORING: "Record every change of it as an event.",
    },
}
