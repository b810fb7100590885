"""Secrets that their place gives away: in a URL, behind a scheme, in a command, in a file."""

from __future__ import annotations

import base64
import binascii
import re

from labo.domain.entities.masking.names import words
from labo.domain.entities.masking.values import HIDDEN
from labo.expressions import Match, expression

# --- log-ins in URLs

URL = r"://(?:[^\s/?#@\"'<>\\:]*:[^\s@\"'<>\\]*(?:@[^\s/?#@\"'<>\\]*)*@|[^\s/?#@\"'<>\\:]{16,}@)|:[\w.-]+/[^\s@/\"']+@(?://)?[\w.-]+:\d"
_URL = expression(URL)
_NO_PASSWORD = frozenset({"x-oauth-basic", "x-token-auth", "x", ""})
_LONG_USER = 32
"""Characters of a name that is shown; what is longer is more likely a token."""


def blank_urls(text: str) -> str:
    """`text` without the passwords of URLs; a user's name stays, a token in its place does not."""
    return _URL.sub(_blank_url, text)


def _blank_url(found: Match) -> str:
    whole = found.group()
    if not whole.startswith("://"):  # jdbc:oracle:thin:user/password@host
        user, _, rest = whole.partition("/")
        return f"{user}/{HIDDEN}@{rest.rpartition('@')[2]}"
    user, colon, password = whole[3:-1].partition(":")
    host, slash, _ = password.partition("/")
    if slash and host.isdigit():
        return whole  # host:port/path@…
    if password == HIDDEN:
        return whole
    if not colon:
        return f"://{HIDDEN}@" if any(char.isdigit() for char in user) else whole
    if password in _NO_PASSWORD or len(user) > _LONG_USER:
        return f"://{HIDDEN}@"
    return f"://{user}:{HIDDEN}@"


# --- authentication schemes

SCHEME = (
    r"(?i:\b(?:bearer|basic)\s+[\w.~+/=-]{8,}"
    r"|\bdigest\s+(?:\w+=(?:\\*\"[^\"\\]*\\*\"|[^\s,\"]+),?\s*)+)"
)
_SCHEME = expression(SCHEME)
_WORD = re.compile(r"[A-Z]?[a-z]+[.]?|[A-Z]+|[\w-]+=")
_SAID = words("authentication authorization credential credentials challenge protocol")


def blank_schemes(text: str) -> str:
    """`text` without what follows Bearer, Basic and Digest; `basic information` stays."""
    return _SCHEME.sub(_blank_scheme, text)


def _blank_scheme(found: Match) -> str:
    whole = found.group()
    scheme, _, value = whole.partition(whole[5 if whole[:5].lower() == "basic" else 6])
    value = value.strip()
    kind = scheme.lower()
    if kind == "basic" and _WORD.fullmatch(value) and not _is_log_in(value):
        return whole
    if kind == "bearer" and value.lower().rstrip(".") in _SAID:
        return whole
    if kind != "digest" and "=" in value.rstrip("="):
        return whole  # the next field: `token_type=bearer expires_in=3600`
    return f"{scheme} {HIDDEN}"


def _is_log_in(value: str) -> bool:
    try:
        return b":" in base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False


# --- commands whose short options take a password

_COMMANDS = (
    r"(?:mysql|mariadb)[\w-]*\s(?:[^\n|;]*?\s)?-p",
    r"sshpass\s+-p\s*",
    r"(?:docker|podman|helm|oc|nerdctl|az)\s(?:[^\n|;]*?\s)?login\s(?:[^\n|;]*?\s)?-p\s*",
    r"(?:mongo\w*|7z|rdesktop)\s(?:[^\n|;]*?\s)?-p\s*",
    r"redis-cli\s(?:[^\n|;]*?\s)?-a\s+",
    r"(?:sqlcmd|bcp|mosquitto_\w+|zip|unzip)\s(?:[^\n|;]*?\s)?-P\s*",
    r"ldap\w+\s(?:[^\n|;]*?\s)?-w\s+",
    r"snmp\w+\s(?:[^\n|;]*?\s)?-[cAX]\s+",
    r"(?:curl|wget|http|https)\s(?:[^\n|;]*?\s)?(?:-u|--user|--proxy-user|-U)[\s=]*[\"']?[^\s:\"']+:",
    r"smbclient\s(?:[^\n|;]*?\s)?-U\s*[\"']?[^\s%\"']+%",
    r"openssl\s(?:[^\n|;]*?\s)?pass:",
    r"htpasswd\s+-\w*b\w*\s+\S+\s+\S+\s+",
    r"net\s+user\s+\S+\s+",
)
_ONE_WORD = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'|;]+)"
COMMAND = rf"\b(?:{'|'.join(_COMMANDS)}){_ONE_WORD}"
_COMMAND = expression(rf"\b(?:{'|'.join(_COMMANDS)})(?P<word>{_ONE_WORD})")


def blank_commands(text: str) -> str:
    """`text` without the passwords that command lines give in short options."""
    return _COMMAND.sub(_blank_command, text)


def _blank_command(found: Match) -> str:
    whole, value = found.group(), found["word"] or ""
    if value.startswith("-") or value.isdigit():
        return whole
    quote = value[0] if value[0] in "\"'" else ""
    return f"{whole[: -len(value)]}{quote}{HIDDEN}{quote}"


# --- files that are nothing but secrets

_PGPASS_LINE = r"(?:^|[\s\"'=])[\w.*-]+:(?:54\d\d|6432|\*):[^\s:]+:[^\s:]+:"
"""Of .pgpass, up to the password: host, port, database, user."""
FILES = rf"{_PGPASS_LINE}\S|(?i:\bkind\\*[\"']?\s*:\s*\\*[\"']?secret\b)"
_PGPASS = expression(rf"(?P<place>{_PGPASS_LINE})[^\s\"'\\]+")
_SECRET_KIND = expression(r"\bkind\\*[\"']?\s*:\s*\\*[\"']?secret\b", ignore_case=True)
_DATA_LINE = re.compile(r"([ \t]*+)(?:string)?data:[ \t]*+$", re.IGNORECASE)
_ENTRY_LINE = re.compile(r"([ \t]++)([\w.\-/]++:[ \t]*+)\S")
_DATA_OBJECT = expression(r"(?P<name>\\*\"(?:string)?data\\*\"\s*:\s*\{)[^{}]*", ignore_case=True)


def blank_files(text: str) -> str:
    """`text` without the passwords of a .pgpass file and the data of a Kubernetes Secret."""
    text = _PGPASS.sub(lambda found: f"{found['place']}{HIDDEN}", text)
    if not _SECRET_KIND.search(text):
        return text
    text = _DATA_OBJECT.sub(lambda found: f"{found['name']}{HIDDEN}", text)
    lines, indent = [], -1
    line_break = "\n" if "\n" in text else "\\n"
    for line in text.split(line_break):
        data = _DATA_LINE.match(line.rstrip("\r"))
        entry = _ENTRY_LINE.match(line)
        if data is not None:
            indent = len(data[1])
        elif indent >= 0 and line.strip() and len(line) - len(line.lstrip()) <= indent:
            indent = -1
        elif indent >= 0 and entry is not None:
            line = f"{entry[1]}{entry[2]}{HIDDEN}"
        elif indent >= 0 and line.strip():
            line = f"{' ' * (indent + 2)}{HIDDEN}"
        lines.append(line)
    return line_break.join(lines)
