"""The available systems: YAML files, bundled ones, generated ones."""

from __future__ import annotations

import re
from pathlib import Path

from engine.description.file import DescriptionError, parse_system
from engine.description.model import System
from engine.generator.generate import LARGEST, SMALLEST, generate

BUNDLED = Path(__file__).parent / "systems"


_RANDOM = "random-"


_RANDOM_FORM = re.compile(r"random-(\d{1,4})-(\d{1,9})")


def load_system(source: str | Path) -> System:
    """The system of a YAML file, of a bundled one by its name (`streaming`), or a generated one
    by its size and seed (`random-15-7`).

    Raises DescriptionError, with file, line and reason.
    """
    path = Path(source)
    if str(source).startswith(_RANDOM) and not path.suffix and not path.exists():
        return _generated(str(source))
    bundled = BUNDLED / f"{source}.yaml"
    if not path.suffix and bundled.is_file():
        path = bundled
    if not path.suffix and not path.exists():
        known = ", ".join(sorted(each.stem for each in BUNDLED.glob("*.yaml")))
        raise DescriptionError(
            f"{source}: neither a file nor a bundled system ({known}, in {BUNDLED})"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DescriptionError(f"{path}:1: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DescriptionError(f"{path}:1: not valid UTF-8") from error
    return parse_system(text, str(path))


def _generated(name: str) -> System:
    form = _RANDOM_FORM.fullmatch(name)
    if form is None or not SMALLEST <= int(form[1]) <= LARGEST:
        raise DescriptionError(
            f"{name}: not a generated system; write random-COMPONENTS-SEED with {SMALLEST} to "
            f"{LARGEST} components, such as random-15-7"
        )
    size, seed = int(form[1]), int(form[2])
    return generate(seed, size)
