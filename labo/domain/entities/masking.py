"""Making external text harmless before a model, a terminal or a log shows it.

Telemetry is attacker-controlled input: control and direction characters could hide or reorder what
a reader sees, and log lines contain credentials. Masking is best effort on known formats; nothing
relies on it alone.
"""

from __future__ import annotations

import re
import unicodedata

HIDDEN = "***"

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_BREAK = re.compile(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]")
"""What ends a line by Unicode (`str.splitlines`), and tabs."""
_CREDENTIAL_NAMES = r"passw(?:or)?d|pwd|secret|token|(?:api|access|private)[_-]?key|credential"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)",
            re.DOTALL,
        ),
        HIDDEN,
    ),
    # JSON web tokens: their header always begins with {"
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?"), HIDDEN),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), HIDDEN),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-)[A-Za-z0-9_-]{10,}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,128}):[^\s/@]{1,256}@"),
        rf"\1:{HIDDEN}@",
    ),
    (
        re.compile(
            rf"(?i)(\b[\w.-]*(?:{_CREDENTIAL_NAMES})[\w-]*[\"']?\s*[:=]\s*)"
            r"(\"[^\"]*\"?|'[^']*'?|[^\s,;&}\"']+)"
        ),
        rf"\1{HIDDEN}",
    ),
)


def visible(text: str) -> str:
    """`text` without escape sequences, control, format and direction characters.

    Line breaks and tabs become spaces, so that one value stays one line.
    """
    plain = _BREAK.sub(" ", _ANSI.sub("", text))
    return "".join(
        char for char in plain if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )


def mask(text: str, limit: int = 500) -> str:
    """`visible` text with credentials blanked, at most `limit` characters."""
    # Cut first: the patterns must not run over megabytes; a secret cut in two is still masked.
    shown = text[: 4 * limit]
    for pattern, replacement in _PATTERNS:
        shown = pattern.sub(replacement, shown)
    shown = visible(shown)
    for pattern, replacement in _PATTERNS:
        shown = pattern.sub(replacement, shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
