"""Which names in a line are a component, and which only look like one."""

from __future__ import annotations

import re
from functools import lru_cache

_MAX_NAME = 200
"""Longer names are texts; the graph's keys are bounded likewise."""

_LEVELS = frozenset(
    ("trace", "debug", "info", "notice", "warn", "warning", "error", "err", "severe", "fatal")
)
"""Names that are a level and nothing else; `config`, `log` and `alert` are components as well."""

# A process or thread by number, or by the name that its runtime gives it. Bounded by _MAX_NAME.
_NO_COMPONENT = re.compile(
    r"(?:pid[ =:]*|tid[ =:]*|#)?\d+|0x[0-9a-fA-F]+|[0-9a-f]{12,}|<?\d[\d.]*>?"
    r"|main|MainThread|MainProcess|restartedMain|Thread-\d.*|[Tt]hreadId\(\d+\)|tid-\w+|TID-\w+"
    r"|.*-thread-\d+.*|.*-exec-\d+|.*(?:Fork|Spawn|Thread)Pool\w*-[\d_-]+|qtp\d+-\d+.*"
    r"|\w*EventLoopGroup-\d+-\d+|scheduling-\d+|MSC service thread .*|task-\d+|unknown|[-?*()]+"
)
_SOURCE_LINE = re.compile(
    r".*\.(?:go|py|rs|js|ts|tsx|jsx|mjs|java|kt|scala|rb|php|cs|cpp|cc|c|h|hpp|ex|exs|erl|swift|m)"
    r"(?::\d+|\(\d+\)).*"
)
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
    named = _FUNCTION_LINE.fullmatch(name)
    return named[1] if named else name


def is_failure_class(text: str) -> bool:
    """Whether a name in front of a message is an exception's class: a part of the message then."""
    return text.endswith(("Error", "Exception"))
