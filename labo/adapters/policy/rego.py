"""The bundled policy and an operator's own files, compiled once and evaluated by regopy.

Every `.rego` file of one's own is of the package `labo.own`: it adds hits, and can redefine nothing
of the bundled policy. `limits.json` replaces the bundled limits of the same name.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from regopy import Input, Interpreter, LogLevel, RegoError

from labo.adapters.policy.limits import LIMITS_FILE, checked_limits, merged_limits
from labo.domain.governance.autonomy import DEFAULT_AUTONOMY
from labo.domain.governance.policy import (
    Enforcement,
    PolicyAnswer,
    PolicyRequest,
    RuleHit,
    answer,
)
from labo.domain.governance.risk import RiskLevel
from labo.domain.governance.templates import TemplateStatus, parse_key
from labo.errors import InvalidInput

BUNDLED = "labo/policy/hits"
OWN = "labo/own/hits"
MAX_BYTES = 262_144
"""Of a policy file; the bundled one has 4 kB."""

UNANSWERED = "unanswered"
"""The rule that denies what a policy gives no answer to."""

_HITS = TypeAdapter(list[RuleHit])
_REQUEST = TypeAdapter(PolicyRequest)
_EXAMPLE = PolicyRequest(
    template_key="example@1",
    digest="",
    status=TemplateStatus.ACTIVE,
    signed=True,
    newest=True,
    risk=RiskLevel.LOW,
    autonomy=DEFAULT_AUTONOMY,
    hour=12,
    environment="production",
    workspace="default",
    requester="n1",
    approver="somebody",
    level="n1",
)
"""What every policy must have an answer to when it is read."""


class RegoPolicy:
    """Compiled when built (some 30 ms). Checks of several threads take turns."""

    def __init__(self, modules: Mapping[str, str], own: Mapping[str, str], limits: Any) -> None:
        """`modules` and `own` are texts by file name. Raises InvalidInput for what can't be
        compiled, or has no answer to an example."""
        self._entries = (BUNDLED, OWN) if own else (BUNDLED,)
        self._lock = threading.Lock()
        self._interpreter = Interpreter()
        self._interpreter.log_level = LogLevel.NONE  # what fails is raised, not printed
        for name, text in {**modules, **own}.items():
            _add(self._interpreter, name, text)
        self._interpreter.add_data({"labo": {"limits": limits}})
        try:
            self._bundle = self._interpreter.build(None, self._entries)
            for entry in self._entries:
                self._evaluate(entry, _document(_EXAMPLE))
        except (RegoError, ValueError) as error:
            raise InvalidInput(
                f"the policies can't be evaluated: {_first_line(error)}",
                where=", ".join(own or modules),
                hint="each file is of the package labo.own and defines `hits`",
            ) from error

    @classmethod
    def open(
        cls, folder: Traversable | None = None, limits: Mapping[str, Any] | None = None
    ) -> RegoPolicy:
        """The bundled policy with the files of `folder`; `limits` in place of those read, for
        tests. Raises InvalidInput naming the file."""
        bundled = files("policies")
        own = dict(_own_modules(folder)) if folder is not None else {}
        merged = merged_limits(
            bundled.joinpath(LIMITS_FILE).read_bytes(), _own_limits(folder), LIMITS_FILE
        )
        if limits is not None:
            merged = checked_limits({**merged, **limits}, LIMITS_FILE)
        return cls(dict(_modules(bundled)), own, merged)

    def check(self, request: PolicyRequest) -> PolicyAnswer:
        """See the port."""
        try:
            document = _document(request)
            with self._lock:
                return answer(
                    hit for entry in self._entries for hit in self._evaluate(entry, document)
                )
        except (RegoError, ValueError, InvalidInput) as error:
            message = f"the policy gives no answer: {_first_line(error)}"
            return answer([RuleHit(UNANSWERED, Enforcement.DENY, message)])

    def _evaluate(self, entry: str, document: Mapping[str, object]) -> list[RuleHit]:
        """Raises RegoError or ValueError (a ValidationError is one) where there is no answer."""
        self._interpreter.set_input(Input(document))
        output = self._interpreter.query_bundle_entrypoint(self._bundle, entry)
        if not output.ok() or not output.results or len(output.results[0].expressions) != 1:
            raise ValueError(f"{entry} is undefined or contradicts itself")
        return _HITS.validate_python(output.results[0].expressions[0])


def request_of(document: object, where: str) -> PolicyRequest:
    """A request as JSON gives it. Raises InvalidInput naming the field."""
    try:
        request = _REQUEST.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        prefix = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{prefix}: {first['msg']}", where=where) from error
    parse_key(request.template_key)
    if not 0 <= request.hour <= 23:
        raise InvalidInput("hour: 0 to 23", where=where)
    return request


def _document(request: PolicyRequest) -> dict[str, object]:
    """The policy's `input`."""
    fields: dict[str, object] = _REQUEST.dump_python(request, mode="json")
    return fields | {"template": request.template}


def _modules(folder: Traversable) -> Iterator[tuple[str, str]]:
    """Every Rego file, by name, in their order."""
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.endswith(".rego"):
            text = entry.read_bytes()
            if len(text) > MAX_BYTES:
                raise InvalidInput(f"larger than {MAX_BYTES} bytes", where=entry.name)
            try:
                yield entry.name, text.decode("utf-8")
            except UnicodeDecodeError as error:
                raise InvalidInput("not UTF-8", where=entry.name) from error


def _own_modules(folder: Traversable) -> Iterator[tuple[str, str]]:
    if not folder.is_dir():
        raise InvalidInput("no such folder", where=str(folder))
    for name, text in _modules(folder):
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        if next((line for line in lines if line), "") != "package labo.own":
            raise InvalidInput("its first line must be `package labo.own`", where=name)
        yield f"own/{name}", text


def _own_limits(folder: Traversable | None) -> bytes | None:
    entry = folder.joinpath(LIMITS_FILE) if folder is not None else None
    return entry.read_bytes() if entry is not None and entry.is_file() else None


def _add(interpreter: Interpreter, name: str, text: str) -> None:
    try:
        interpreter.add_module(name, text)
    except RegoError as error:
        raise InvalidInput(f"not Rego: {_message(error)}", where=name) from error


def _message(error: RegoError) -> str:
    """The first message of rego-cpp's list of errors."""
    lines = [line.strip() for line in str(error).splitlines() if "errormsg" in line]
    return lines[0].partition(":")[2].rstrip(")") if lines else _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
