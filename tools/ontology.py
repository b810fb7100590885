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
    return {
        "labels": sorted(Label),
        "relationshipTypes": sorted(RelationshipType),
        "properties": {
            **{label: [*PROPERTIES[label], *COMMON, *INSTANCE] for label in Label},
            **{kind: [*RELATIONSHIP_PROPERTIES.get(kind, ()), *COMMON] for kind in RelationshipType},
        },
    }


if __name__ == "__main__":
    print(json.dumps(exported()))
