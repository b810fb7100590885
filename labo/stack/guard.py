"""Ends a stack whose supervisor was killed: `python -m labo.stack.guard STACK_ID`.

The kernel ends the supervisor's own children with it, but not what those had started, such as a
worker's pool. The guard waits on a pipe that closes when the supervisor has ended, for whatever
reason.
"""

from __future__ import annotations

import subprocess
import sys

from labo.children import python_module
from labo.stack.ownership import end_leftovers

_GRACE_S = 30


def start_guard(stack_id: str) -> subprocess.Popen[bytes]:
    """A guard of this process. Closing its `stdin` and waiting for it ends it in order."""
    return subprocess.Popen(
        python_module("labo.stack.guard", stack_id),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def main() -> None:
    """Block until the pipe closes, then end what is left."""
    sys.stdin.buffer.read()
    end_leftovers(sys.argv[1], timeout_s=_GRACE_S)


if __name__ == "__main__":
    main()
