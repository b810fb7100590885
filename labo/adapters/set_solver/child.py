"""The warm process: pickled questions on standard input, answers on standard output.

Each message is its length in eight bytes (big-endian), then so many bytes. The first message
out is None: the solver's libraries are loaded. It ends when its input does, so it never outlives
the process that started it by more than one question.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import BinaryIO

from labo.adapters.set_solver.question import SetQuestion, solved
from labo.domain.metric_sets.sets import MinimalSet
from labo.errors import LaboError

LENGTH_BYTES = 8


def packed(message: object) -> bytes:
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def main() -> None:
    # The solver library may print; what it prints must not look like an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import scipy.optimize  # noqa: F401 - takes a second, which the first question shall not wait

    send(answers, None)
    while (body := _next(sys.stdin.buffer)) is not None:
        send(answers, _reply(pickle.loads(body)))  # noqa: S301 - written by our own parent
    # A search that overran its share may still run in a thread; nothing waits for it.
    os._exit(0)


def send(answers: BinaryIO, message: object) -> None:
    answers.write(packed(message))
    answers.flush()


def _next(questions: BinaryIO) -> bytes | None:
    head = questions.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    return questions.read(int.from_bytes(head, "big"))


def _reply(question: SetQuestion) -> MinimalSet | LaboError:
    """A refusal travels as a value; a defect ends the process, loudly on standard error."""
    try:
        return solved(question)
    except LaboError as error:
        return error


if __name__ == "__main__":
    main()
