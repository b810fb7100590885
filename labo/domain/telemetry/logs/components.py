"""Which names in a line are a component, and which only look like one."""

from __future__ import annotations

import re
from functools import lru_cache

from labo.expressions import expression

_MAX_NAME = 200
"""Longer names are texts; the graph's keys are bounded likewise."""

_LEVELS = frozenset(
    ("trace", "debug", "info", "notice", "warn", "warning", "error", "err", "severe", "fatal")
)
"""Names that are a level and nothing else; `config`, `log` and `alert` are components as well."""

# A process or thread by number, or by the name that its runtime gives it. Bounded by _MAX_NAME.
_NO_COMPONENT = expression(
    r"(?:pid[ =:]*|tid[ =:]*|#)?\d+|0x[0-9a-fA-F]+|[0-9a-f]{12,}|<?\d[\d.]*>?"
    r"|main|MainThread|MainProcess|restartedMain|Thread-\d.*|[Tt]hreadId\(\d+\)|tid-\w+|TID-\w+"
    r"|.*-thread-\d+.*|.*-exec-\d+|.*(?:Fork|Spawn|Thread)Pool\w*-[\d_-]+|qtp\d+-\d+.*"
    r"|\w*EventLoopGroup-\d+-\d+|scheduling-\d+|default task-\d+|Timer-\d+|.*[Ee]xecutor-[\d_]+"
    r"|.*(?:epoll|nio|eventloop)-\d+"
    r"|.*[Pp]ool.*-worker-\d+|.*[_-]Worker-\d+|.*-dispatcher-\d+|.*network-thread.*|OkHttp .*"
    r"|.*#\d+-\d+-C-\d+|(?:boundedElastic|parallel)-\d+|RMI .*|(?:goroutine|thread|fiber)[- ]\d+"
    r"|stdout|stderr|[EWIDFVNC]|MSC service thread .*|task-\d+|unknown|[-?*()]+"
)
_SOURCE_LINE = re.compile(
    r".*\.(?:go|py|rs|js|ts|tsx|jsx|mjs|java|kt|scala|rb|php|cs|cpp|cc|c|h|hpp|ex|exs|erl|swift|m)"
    r"(?::\d+|\(\d+\)).*"
)
_CONTAINER = re.compile(r"(.+)/[0-9a-f]{12}(?:[0-9a-f]{52})?")
"""Docker's `--log-opt tag="{{.Name}}/{{.ID}}"`."""
_FUNCTION_LINE = re.compile(r"(.+?):[\w<>.]+:\d+")


def component_name(text: str | None) -> str | None:
    """The component that `text` names, or None: a process, a thread, a line of source code and a
    level are none. Of `module:function:line`, which loguru writes, the module.

    >>> component_name("cart"), component_name("4242"), component_name("server/cart.go:42")
    ('cart', None, None)
    """
    if text is not None and len(text) > _MAX_NAME:
        text = text.strip()
    return _component_name(text) if text and len(text) <= _MAX_NAME else None


@lru_cache(maxsize=4096)  # 7 MB at most
def _component_name(text: str) -> str | None:
    name = text.strip()
    if not name or name.lower() in _LEVELS:
        return None
    if _NO_COMPONENT.fullmatch(name) or _SOURCE_LINE.fullmatch(name):
        return None
    named = _FUNCTION_LINE.fullmatch(name) or _CONTAINER.fullmatch(name)
    return named[1] if named else name


def is_failure_class(text: str) -> bool:
    """Whether a name in front of a message is an exception's class: a part of the message then."""
    return text.endswith(("Error", "Exception"))
