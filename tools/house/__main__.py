"""`python -m tools.house [--text]`: draw the house into docs/house.svg, or print it as text."""

from __future__ import annotations

import sys

from tools.house.rooms import ROOT, read_house
from tools.house.svg import PICTURE, house_svg
from tools.house.text import house_text


def main() -> None:
    house = read_house()
    if "--text" in sys.argv[1:]:
        print(house_text(house), end="")
        return
    (ROOT / PICTURE).write_text(house_svg(house), encoding="utf-8")
    print(f"{PICTURE} drawn")


if __name__ == "__main__":
    main()
