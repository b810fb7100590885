from __future__ import annotations

from pathlib import Path

import api.graphql
from api.graphql.schema import build_schema


def test_committed_schema_is_the_built_one() -> None:
    """`api/graphql/schema.graphql` shows each change of the API for review."""
    committed = Path(api.graphql.__file__).with_name("schema.graphql").read_text(encoding="utf-8")

    assert committed == build_schema().as_str() + "\n", "run `make schema`"
