"""`python -m tools.ontology`: the graph's names as JSON, for the Cypher lint."""

from __future__ import annotations

import json

from graph.ontology import (
    COMMON,
    INSTANCE,
    PROPERTIES,
    RELATIONSHIP_PROPERTIES,
    Label,
    RelationshipType,
)


def exported() -> dict[str, object]:
    """Names by kind; `properties` maps each label or type to all that it may carry."""
    owned: dict[str, list[str]] = {}
    for label in Label:
        owned[label] = [*PROPERTIES[label], *COMMON, *INSTANCE]
    for kind in RelationshipType:
        owned[kind] = [*RELATIONSHIP_PROPERTIES.get(kind, ()), *COMMON]
    return {
        "labels": sorted(Label),
        "relationshipTypes": sorted(RelationshipType),
        "properties": owned,
    }


if __name__ == "__main__":
    print(json.dumps(exported()))
