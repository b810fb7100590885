"""Commands to a live run: carried out between its steps, each id once.

An operator's commands are `dry_run, execute, status, rollback`; they name no fault. `inject, end,
truth` are the experimenter's, for scoring only; `state` and `stop` are both's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engine.faults.schedule import Fault, FaultError, Schedule, check_faults
from engine.live.operations import Kind, Operation, OperationError, Operations, Value
from engine.simulation.run import Run

Id = Annotated[str, Field(min_length=1, max_length=200)]
ROLLBACK = ":rollback"
MOST_IDS = 100_000
"""Answers that are remembered; a run that is asked more refuses new ones."""

Answer = dict[str, object]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OnComponent(_Command):
    operation: Kind
    component: Annotated[str, Field(max_length=200)]
    parameters: dict[str, Value] = Field(default_factory=dict)

    @property
    def meant(self) -> Operation:
        return Operation(self.operation, self.component, self.parameters)


class DryRun(_OnComponent):
    do: Literal["dry_run"]
    id: Id


class Execute(_OnComponent):
    do: Literal["execute"]
    id: Id


class Rollback(_OnComponent):
    """`id` is that of what is undone; its own is `<id>:rollback`."""

    do: Literal["rollback"]
    id: Id
    before: dict[str, Value]


class Status(_Command):
    """An id that was never given is closed: given later, it is not carried out any more."""

    do: Literal["status"]
    id: Id


class Inject(_Command):
    """A fault from now on; `onset` counts from now."""

    do: Literal["inject"]
    id: Id
    fault: Fault


class End(_Command):
    """The fault that was injected with this id ends now, if it has begun."""

    do: Literal["end"]
    id: Id


class Ask(_Command):
    do: Literal["state", "truth", "stop"]


Command = DryRun | Execute | Rollback | Status | Inject | End | Ask
_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="do")])


@dataclass(slots=True)
class Course:
    """An injected fault; `ended` is when it ended, None while it acts or waits."""

    fault: Fault
    number: int
    injected: float
    ended: float | None = None
    by: str = ""
    """What ended it: the id of an operation, `end`, or `time`."""


@dataclass(slots=True)
class Desk:
    """Carries commands out. From the run's thread only, between two steps."""

    run: Run
    schedule: Schedule
    state: Callable[[], Answer]
    stopped: bool = False
    _operations: Operations = field(init=False)
    _answers: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    _courses: dict[str, Course] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._operations = Operations(self.run, self.schedule)

    def answer(self, request: bytes) -> Answer:
        """The answer to one JSON request; `error` where it can't be read."""
        try:
            command = _COMMAND.validate_json(request)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return {"error": f"{where}: {first['msg']}"[:500]}
        self.note_ends("time")
        return self._carried_out(command)

    def note_ends(self, by: str) -> None:
        """Record which faults are over since the last time."""
        now = self.run.env.now
        for course in self._courses.values():
            is_begun = now > course.injected + course.fault.onset
            if course.ended is None and is_begun and course.number not in self.schedule.active:
                over = course.injected + course.fault.onset + course.fault.duration
                course.ended, course.by = (min(now, over), by) if by == "time" else (now, by)

    def _carried_out(self, command: Command) -> Answer:
        match command:
            case Ask():
                return self._asked(command)
            case Inject():
                return self._once(command.id, command, lambda: self._inject(command))
            case End():
                return self._end(command.id)
            case DryRun():
                return _guarded(lambda: self._operations.check(command.meant), {})
            case Status():
                closed: Answer = _failed("it was never begun, and will not be")
                return self._answers.setdefault(command.id, ("", closed))[1]
            case Execute():
                return self._once(command.id, command, lambda: self._execute(command))
            case Rollback():
                key = command.id + ROLLBACK
                return self._once(key, command, lambda: self._undo(command))

    def _once(self, key: str, command: _Command, act: Callable[[], Answer]) -> Answer:
        """Its first answer for a key that is given again."""
        meant = command.model_dump_json()
        if key in self._answers:
            first, answer = self._answers[key]
            if first in ("", meant):
                return answer
            return {"error": "id: another command has this id"}
        if len(self._answers) >= MOST_IDS:
            return {"error": f"id: more than {MOST_IDS} commands in one run"}
        answer = act()
        self._answers[key] = meant, answer
        return answer

    def _execute(self, command: Execute) -> Answer:
        try:
            effect = self._operations.apply(command.id, command.meant)
        except OperationError as error:
            return _failed(str(error))
        self.note_ends(command.id)
        return _done(effect.detail, effect.before)

    def _undo(self, command: Rollback) -> Answer:
        try:
            effect = self._operations.undo(command.id, command.meant, command.before)
        except OperationError as error:
            return _failed(str(error))
        for course in self._courses.values():
            if course.number in effect.back:
                course.number, course.ended, course.by = effect.back[course.number], None, ""
                course.injected = self.run.env.now - course.fault.onset
        return _done(effect.detail, {})

    def _end(self, key: str) -> Answer:
        course = self._courses.get(key)
        if course is None:
            return _failed("no fault has this id")
        self.schedule.end(course.number)
        self.note_ends("end")
        return _done("ended", {"now": self.run.env.now})

    def _inject(self, command: Inject) -> Answer:
        try:
            check_faults(self.run.system.described, [command.fault])
        except FaultError as error:
            return _failed(str(error))
        number = self.schedule.add(command.fault)
        self._courses[command.id] = Course(command.fault, number, self.run.env.now)
        return _done("injected", {"now": self.run.env.now})

    def _asked(self, command: Ask) -> Answer:
        if command.do == "stop":
            self.stopped = True
        if command.do != "truth":
            return self.state()
        return {
            "now": self.run.env.now,
            "faults": {
                key: {
                    **course.fault.model_dump(mode="json"),
                    "injected": course.injected,
                    "ended": course.ended,
                    "by": course.by,
                    "acts": course.number in self.schedule.active,
                }
                for key, course in self._courses.items()
            },
        }


def _guarded(plan: Callable[[], str], before: Mapping[str, Value]) -> Answer:
    try:
        return _done(plan(), before)
    except OperationError as error:
        return _failed(str(error))


def _done(detail: str, before: Mapping[str, Value]) -> Answer:
    return {"status": "done", "detail": detail, "before": dict(before)}


def _failed(detail: str) -> Answer:
    return {"status": "failed", "detail": detail, "before": {}}
