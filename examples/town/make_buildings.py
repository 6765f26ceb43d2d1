#!/usr/bin/env python3
"""Makes buildings.poly.xml.gz: made-up blocks of houses along the real streets of the town.

    python3 make_buildings.py NETWORK.net.xml [--out FILE]

NETWORK is SUMO's road network; `make_trace.py --work DIR` prints where it is. SUMO brings no buildings of this place, so these are
invented, by a rule: each piece of land that streets enclose is lined with houses, DEPTH_METRES deep and at most LENGTH_METRES long,
GAP_METRES apart, SETBACK_METRES behind the kerb. They are as close to the streets and as long as houses in a town are; where the real
ones stand is another matter. Needs the package `shapely` (tried with 2.2).
"""

import argparse
import gzip
import pathlib
import sys

sys.dont_write_bytecode = True
import draw_map  # noqa: E402

from shapely import LineString, Polygon, box, unary_union  # noqa: E402

LANE_METRES = 3.6
SETBACK_METRES = 5.0
DEPTH_METRES = 13.0
LENGTH_METRES = 60.0
GAP_METRES = 12.0
# Smaller pieces of land, and smaller rests of houses, stay empty.
LEAST_LAND = 3000.0
LEAST_HOUSE = 250.0
NOTICE = (
    "Made-up blocks along real streets of Berlin-Adlershof, NOT its real buildings (examples/town/make_buildings.py). "
    "Streets: (c) OpenStreetMap contributors, ODbL 1.0, https://www.openstreetmap.org/copyright"
)


def main() -> None:
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Makes up blocks of houses along the town's streets.")
    parser.add_argument("network", type=pathlib.Path, help="the road network (.net.xml)")
    parser.add_argument("--out", type=pathlib.Path, default=here / "buildings.poly.xml.gz", help="(%(default)s)")
    options = parser.parse_args()
    houses = [house for land in lands(draw_map.Network(options.network)) for house in line_with_houses(land)]
    houses.sort(key=lambda house: house.exterior.coords[0])
    write(houses, options.out)
    print(f"{options.out}: {len(houses)} blocks, {sum(house.area for house in houses):.0f} square metres")


def lands(network: draw_map.Network) -> "list[Polygon]":
    """The pieces of land that streets and tracks enclose, without the streets."""
    ways = [LineString(line).buffer(width / 2 + SETBACK_METRES, cap_style="square") for width, line in network.roads]
    ways += [LineString(line).buffer(LANE_METRES / 2 + SETBACK_METRES) for line in network.rails if len(line) > 1]
    ways += [Polygon(shape).buffer(SETBACK_METRES) for shape in network.crossings if len(shape) > 2]
    streets = unary_union(ways)
    left, bottom, right, top = streets.bounds
    inside = box(left, bottom, right, top).difference(streets)
    pieces = inside.geoms if hasattr(inside, "geoms") else [inside]
    # What touches the edge of the map isn't enclosed.
    edge = box(left, bottom, right, top).exterior
    return [piece for piece in pieces if piece.area >= LEAST_LAND and not piece.intersects(edge)]


def line_with_houses(land: Polygon) -> "list[Polygon]":
    """Houses along the outer edge of a piece of land: those along one straight part after the other, each clear of those before."""
    outline = list(land.simplify(2.0).exterior.coords)
    houses: "list[Polygon]" = []
    for start, end in zip(outline, outline[1:]):
        side = LineString([start, end])
        at = GAP_METRES / 2
        while at + GAP_METRES / 2 < side.length:
            stop = min(at + LENGTH_METRES, side.length - GAP_METRES / 2)
            front = LineString([side.interpolate(at), side.interpolate(stop)])
            # The land lies to the right of its outline, or to the left: what isn't on it is cut off.
            for depth in (DEPTH_METRES, -DEPTH_METRES):
                house = front.buffer(depth, single_sided=True).intersection(land)
                house = house.difference(unary_union([other.buffer(GAP_METRES / 2) for other in houses]))
                if isinstance(house, Polygon) and house.area >= LEAST_HOUSE and not house.interiors:
                    house = house.simplify(0.1)
                    if house.is_valid and house.exterior.is_simple:
                        houses.append(house)
            at = stop + GAP_METRES
    return houses


def write(houses: "list[Polygon]", out: pathlib.Path) -> None:
    # No name and no time in the gzip header, so that the same blocks are the same bytes.
    with open(out, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {NOTICE} -->\n<additional>\n'.encode())
        for number, house in enumerate(houses):
            shape = " ".join(f"{x:.2f},{y:.2f}" for x, y in house.exterior.coords)
            packed.write(f'    <poly id="block{number}" type="building.made_up" fill="1" layer="-1.00" shape="{shape}"/>\n'.encode())
        packed.write(b"</additional>\n")


if __name__ == "__main__":
    main()
