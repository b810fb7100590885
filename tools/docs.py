"""`python -m tools.docs [--check]`: write what comes from code, check every link.

`--check` writes nothing, and fails when a page is not what the code would write.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from graph.ontology import (
    COMMON,
    INSTANCE,
    INSTANCE_LABELS,
    PROPERTIES,
    RELATIONSHIP_PROPERTIES,
    Label,
    RelationshipType,
)
from tools.house.rooms import read_house
from tools.house.svg import PICTURE, house_svg

ROOT = Path(__file__).parents[1]
ONTOLOGY = "docs/ontology.md"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def ontology_page() -> str:
    """The graph's names as a Markdown page."""
    head = (
        "# The names in the graph\n\n"
        "Made from `graph/ontology.py` by `make docs`; the Cypher lint knows these and no others.\n"
        f"Every node carries {_names(COMMON)}; those marked * carry {_names(INSTANCE)} too.\n"
    )
    labels = [
        f"| {label}{'*' if label in INSTANCE_LABELS else ''} | {_names(PROPERTIES[label])} |"
        for label in Label
    ]
    kinds = [
        f"| {kind} | {_names(RELATIONSHIP_PROPERTIES.get(kind, ()))} |" for kind in RelationshipType
    ]
    return (
        head
        + "\n## Labels\n\n| label | properties |\n|---|---|\n"
        + "\n".join(labels)
        + "\n\n## Relationship types\n\n| type | properties |\n|---|---|\n"
        + "\n".join(kinds)
        + "\n"
    )


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def broken_links(root: Path) -> Iterator[str]:
    """Every relative link of a Markdown page, in the root or in docs/, that leads nowhere."""
    for page in (*sorted(root.glob("*.md")), *sorted(root.glob("docs/**/*.md"))):
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            path = target.partition("#")[0]
            if path and "://" not in target and not (page.parent / path).exists():
                yield f"{page.relative_to(root)}: {target} leads nowhere"


PAGES: dict[str, Callable[[], str]] = {
    ONTOLOGY: ontology_page,
    PICTURE: lambda: house_svg(read_house()),
}
"""What is made from code, by its path."""


def main(root: Path, *, write: bool) -> int:
    broken = []
    for path, made in PAGES.items():
        page, text = root / path, made()
        if write:
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            broken.append(f"{path}: run `make docs`")
    broken.extend(broken_links(root))
    for each in broken:
        print(each)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(ROOT, write="--check" not in sys.argv[1:]))
