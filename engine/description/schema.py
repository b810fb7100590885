"""The JSON Schema of a system description, for editors: `python -m engine.description.schema`."""

from __future__ import annotations

import json
import sys

from engine.description.model import System


def schema_text() -> str:
    """The schema as it stands in engine/schema.json."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema | System.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
