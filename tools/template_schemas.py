"""`python -m tools.template_schemas`: write the JSON Schemas of templates."""

from __future__ import annotations

import json
from pathlib import Path

from labo.adapters.templates.documents import schemas

FOLDER = Path(__file__).parents[1] / "templates" / "schemas"


def main() -> None:
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2) + "\n"
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
