"""`labo` as the shell starts it: Ctrl-C ends it in order from its first moment on."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; what it needs takes a while to load, and Ctrl-C does not wait."""
    try:
        from labo.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; nothing was started.\n")
        sys.exit(130)
