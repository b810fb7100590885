"""How every Python process of ours is started, so that no folder's content chooses its code.

`python -m module` puts the working directory first on the module search path: in a folder that
holds `labo/`, a child would run that. `-P` leaves it out.
"""

from __future__ import annotations

import sys


def python_module(module: str, *arguments: str) -> tuple[str, ...]:
    """The command line that runs an installed module by this interpreter."""
    return (sys.executable, "-P", "-m", module, *arguments)
