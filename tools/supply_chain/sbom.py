"""`python -m tools.supply_chain.sbom`: write the bill of materials as CycloneDX 1.6."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6

from tools.supply_chain.parts import ROOT, Part, all_parts

TARGET = ROOT / "build" / "labo.cdx.json"


def bill(parts: Iterable[Part]) -> str:
    """JSON text; its serial number and time differ from call to call, as the format asks."""
    product = Component(
        name="labo", version=version("labo"), type=ComponentType.APPLICATION, bom_ref="labo"
    )
    bom = Bom(components=[_component(part) for part in parts])
    bom.metadata.component = product
    bom.register_dependency(product, bom.components)
    return str(JsonV1Dot6(bom).output_as_string(indent=2))


def _component(part: Part) -> Component:
    licences = [LicenseFactory().make_from_string(part.licence)] if part.licence else None
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else None
    return Component(
        name=part.name,
        group=part.purl.namespace,
        version=part.version,
        purl=part.purl,
        bom_ref=str(part.purl),
        licenses=licences,
        hashes=hashes,
    )


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    parts = all_parts()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill(parts), encoding="utf-8")
    print(f"{target}: {len(parts)} parts")


if __name__ == "__main__":
    main()
