"""Draw the pictures of the demo shop's products.

Run `python -m desk.connectors.demo.drawing` after a change to motifs.yml or to a product's motif or
colour; the pictures are committed, so that nothing is drawn at run time.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from desk.connectors.demo.data import HERE, IMAGES

PAPER = "#fbfaf7"
INK = "#22252b"


def pictures() -> dict[str, str]:
    """Return the SVG of each SKU."""
    motifs: dict[str, str] = yaml.safe_load((HERE / "motifs.yml").read_text("utf-8"))
    catalogue: dict[str, Any] = yaml.safe_load((HERE / "catalogue.yml").read_text("utf-8"))
    return {
        product["sku"]: picture(motifs[product["motif"]], product["coat"])
        for product in catalogue["products"]
    }


def picture(motif: str, colour: str) -> str:
    """Return one SVG: the motif in shades of a colour (#rrggbb) on a pale ground of the same."""
    shades: Mapping[str, str] = {
        "{c}": colour,
        "{d}": mix(colour, INK, 0.38),
        "{l}": mix(colour, PAPER, 0.55),
        "{w}": PAPER,
    }
    for name, shade in shades.items():
        motif = motif.replace(name, shade)
    ground, spot = mix(colour, PAPER, 0.86), mix(colour, PAPER, 0.74)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 160" aria-hidden="true">'
        f'<path fill="{ground}" d="M0 0h160v160H0z"/><circle cx="80" cy="80" r="62" fill="{spot}"/>'
        f'<g transform="translate(20 20)">{motif}</g></svg>\n'
    )


def mix(colour: str, other: str, share: float) -> str:
    """Return `colour` with a share (0 to 1) of `other` in it."""
    parts = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in parts)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def write(folder: Path = IMAGES) -> None:
    """Write all pictures; pictures of products that are gone disappear."""
    folder.mkdir(exist_ok=True)
    drawn = pictures()
    for path in folder.glob("*.svg"):
        if path.stem not in drawn:
            path.unlink()
    for sku, svg in drawn.items():
        (folder / f"{sku}.svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    write()
