#!/usr/bin/env python3
"""Draws the town: its roads, the RSUs with the range of their radio, and the vehicles at one moment.

    python3 draw_map.py NETWORK.net.xml [--at SECONDS] [--out FILE]

NETWORK is SUMO's road network; `make_trace.py --work DIR` prints where it is. Standard library only.
"""

import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True
import coverage  # noqa: E402

WIDTH = 1000
MARGIN_METRES = 60
# Room for the scale below the map.
FOOT = 40
LANE_METRES = 3.6
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
PAPER, LAND, PATH, RAIL, CASING, ROAD = "#ffffff", "#f6f5f1", "#e9e7df", "#d8d5cb", "#cfccc2", "#ffffff"
INK, FAINT = "#26323a", "#6d7880"
RSU, DIRECT, RELAYED, ALONE = "#0b6e6e", "#12908e", "#e0792b", "#9aa3a9"


def main() -> None:
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Draws the town.")
    parser.add_argument("network", type=pathlib.Path, help="the road network (.net.xml)")
    parser.add_argument("--at", type=float, default=150.0, help="the moment, in seconds (%(default)s)")
    parser.add_argument("--trace", type=pathlib.Path, default=here / "town.fcd.xml.gz")
    parser.add_argument("--rsus", type=pathlib.Path, default=here / "rsus.csv")
    parser.add_argument("--out", type=pathlib.Path, default=here.parent.parent / "docs" / "town.svg")
    options = parser.parse_args()
    rsus = coverage.read_rsus(options.rsus)
    steps = coverage.read_trace(options.trace)
    time, vehicles = min(steps, key=lambda step: abs(step[0] - options.at))
    network = Network(options.network)
    options.out.write_text(draw(network, rsus, list(vehicles.values()), time), encoding="utf-8")
    print(f"{options.out}: {len(vehicles)} vehicles at {time:g} s, {options.out.stat().st_size / 1000:.0f} kB")


class Network:
    """The lines and areas of a SUMO network: lists of points in metres."""

    def __init__(self, path: pathlib.Path) -> None:
        self.roads: "list[tuple[float, list]]" = []  # width in metres, points
        self.paths: "list[list]" = []
        self.rails: "list[list]" = []
        self.crossings: "list[list]" = []
        joined = set()
        root = ElementTree.parse(path).getroot()
        for edge in root.iter("edge"):
            if edge.get("function"):
                continue
            lanes = [(lane, points(lane.get("shape"))) for lane in edge.iter("lane")]
            cars = [shape for lane, shape in lanes if allows(lane, "passenger")]
            if cars:
                self.roads.append((LANE_METRES * len(cars), middle(cars)))
                joined.update((edge.get("from"), edge.get("to")))
            elif any(allows(lane, "rail_urban") or allows(lane, "tram") or allows(lane, "rail") for lane, _ in lanes):
                self.rails.append(lanes[0][1])
            elif any(allows(lane, "pedestrian") or allows(lane, "bicycle") for lane, _ in lanes):
                self.paths.append(lanes[0][1])
        for junction in root.iter("junction"):
            if junction.get("id") in joined and junction.get("shape"):
                self.crossings.append(points(junction.get("shape")))

    def bounds(self) -> "tuple[float, float, float, float]":
        """Least x and y, greatest x and y of the roads."""
        xs = [x for _, line in self.roads for x, _ in line]
        ys = [y for _, line in self.roads for _, y in line]
        return min(xs), min(ys), max(xs), max(ys)


def allows(lane: ElementTree.Element, vehicle_class: str) -> bool:
    """Whether a lane is open to a class of vehicles, as SUMO defines `allow` and `disallow`."""
    allow, disallow = lane.get("allow"), lane.get("disallow")
    if allow is not None:
        return vehicle_class in allow.split() or allow == "all"
    return disallow is None or not (vehicle_class in disallow.split() or disallow == "all")


def points(shape: str) -> list:
    return [tuple(float(number) for number in point.split(",")[:2]) for point in shape.split()]


def middle(lanes: list) -> list:
    """The line in the middle of parallel lanes, if their points correspond; otherwise the middle lane."""
    if len({len(lane) for lane in lanes}) > 1:
        return lanes[len(lanes) // 2]
    return [(sum(x for x, _ in at) / len(at), sum(y for _, y in at) / len(at)) for at in zip(*lanes)]


class Canvas:
    """Turns metres into the picture's units and collects its elements."""

    def __init__(self, bounds: "tuple[float, float, float, float]") -> None:
        left, bottom, right, top = bounds
        self.left, self.top = left - MARGIN_METRES, top + MARGIN_METRES
        self.scale = WIDTH / (right - left + 2 * MARGIN_METRES)
        self.height = round((top - bottom + 2 * MARGIN_METRES) * self.scale) + FOOT
        self.elements: "list[str]" = []

    def at(self, point: tuple) -> "tuple[float, float]":
        return round((point[0] - self.left) * self.scale, 1), round((self.top - point[1]) * self.scale, 1)

    def line(self, line: list, close: bool = False) -> str:
        """A line as path data: relative steps of a tenth of a unit, points that change nothing left out."""
        spots = [tuple(round(10 * value) for value in self.at(point)) for point in line]
        kept = [spots[0]] + [b for a, b in zip(spots, spots[1:]) if a != b]
        data = f"M{kept[0][0] / 10:g} {kept[0][1] / 10:g}"
        if len(kept) > 1:
            data += "l" + " ".join(f"{(b[0] - a[0]) / 10:g} {(b[1] - a[1]) / 10:g}" for a, b in zip(kept, kept[1:]))
        return data + ("z" if close else "")

    def add(self, element: str) -> None:
        self.elements.append(element)

    def svg(self, title: str, description: str) -> str:
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
            f'height="{self.height}" role="img" font-family="{FONT}">'
        )
        return "\n".join([head, f"<title>{title}</title>", f"<desc>{description}</desc>", *self.elements, "</svg>", ""])


def draw(network: Network, rsus: "list[dict]", vehicles: list, time: float) -> str:
    canvas = Canvas(network.bounds())
    canvas.add(f'<rect width="{WIDTH}" height="{canvas.height}" rx="10" fill="{LAND}"/>')
    draw_roads(canvas, network)
    draw_ranges(canvas, rsus)
    ways = coverage.ways_to_rsu(vehicles, rsus, coverage.RANGE_METRES)
    draw_vehicles(canvas, vehicles, ways)
    draw_rsus(canvas, rsus)
    draw_legend(canvas, ways, time)
    return canvas.svg(
        "A town with road-side units",
        f"Roads of Berlin-Adlershof, {len(rsus)} road-side units with the range of their radio, and {len(vehicles)} "
        "vehicles: most reach a road-side unit directly, others through vehicles between them.",
    )


def draw_roads(canvas: Canvas, network: Network) -> None:
    def width(metres: float) -> str:
        return f"{max(metres * canvas.scale, 0.6):.2g}"

    paths, rails = ("".join(map(canvas.line, lines)) for lines in (network.paths, network.rails))
    areas = "".join(canvas.line(area, close=True) for area in network.crossings)
    roads = {w: "".join(canvas.line(line) for metres, line in network.roads if metres == w) for w, _ in network.roads}
    canvas.add('<g fill="none" stroke-linecap="round" stroke-linejoin="round">')
    canvas.add(f'<path d="{paths}" stroke="{PATH}" stroke-width="{width(1.6)}"/>')
    canvas.add(f'<path d="{rails}" stroke="{RAIL}" stroke-width="{width(2.0)}" stroke-dasharray="5 2.5"/>')
    # Every line is written once and used twice.
    canvas.add(f'<defs><path id="areas" d="{areas}"/>')
    for metres in sorted(roads):
        canvas.add(f'<path id="roads{metres:.0f}" d="{roads[metres]}"/>')
    canvas.add("</defs>")
    # Outlines first, so that roads that meet run into each other.
    for colour, extra in [(CASING, 4.5), (ROAD, 0.0)]:
        canvas.add(f'<use href="#areas" fill="{colour}" stroke="{colour}" stroke-width="{width(extra)}"/>')
        for metres in sorted(roads):
            canvas.add(f'<use href="#roads{metres:.0f}" stroke="{colour}" stroke-width="{width(metres + 2.0 + extra)}"/>')
    canvas.add("</g>")


def draw_ranges(canvas: Canvas, rsus: "list[dict]") -> None:
    radius = f"{coverage.RANGE_METRES * canvas.scale:.1f}"
    canvas.add(f'<g fill="{RSU}" fill-opacity=".09" stroke="{RSU}" stroke-opacity=".45" stroke-dasharray="4 3">')
    for rsu in rsus:
        x, y = canvas.at((rsu["x"], rsu["y"]))
        canvas.add(f'<circle cx="{x:g}" cy="{y:g}" r="{radius}"/>')
    canvas.add("</g>")


def draw_vehicles(canvas: Canvas, vehicles: list, ways: list) -> None:
    links = [canvas.line([at, via]) for at, (hops, via) in zip(vehicles, ways) if hops > 1]
    canvas.add(f'<path d="{"".join(links)}" fill="none" stroke="{RELAYED}" stroke-width="1.3" stroke-opacity=".75"/>')
    for colour, wanted in [(ALONE, lambda hops: hops == 0), (DIRECT, lambda hops: hops == 1), (RELAYED, lambda hops: hops > 1)]:
        canvas.add(f'<g fill="{colour}" stroke="{PAPER}" stroke-width=".9">')
        for vehicle, (hops, _) in zip(vehicles, ways):
            if wanted(hops):
                x, y = canvas.at(vehicle)
                canvas.add(f'<circle cx="{x:g}" cy="{y:g}" r="4.2"/>')
        canvas.add("</g>")


def draw_rsus(canvas: Canvas, rsus: "list[dict]") -> None:
    for rsu in rsus:
        x, y = canvas.at((rsu["x"], rsu["y"]))
        canvas.add(
            f'<g transform="translate({x:g} {y:g})"><circle r="9.5" fill="{RSU}" stroke="{PAPER}" stroke-width="2"/>'
            f'<path d="M0 5V-1M-3.4 -.6a4.6 4.6 0 0 1 0 -4.8M3.4 -.6a4.6 4.6 0 0 0 0 -4.8" fill="none" '
            f'stroke="{PAPER}" stroke-width="1.4" stroke-linecap="round"/><circle cy="-3" r="1.5" fill="{PAPER}"/>'
            "</g>"
        )
    # Names last, each on a rim of its own: not every viewer knows paint-order.
    for rim in (f' stroke="{LAND}" stroke-width="3.5" stroke-linejoin="round"', ""):
        canvas.add(f'<g font-size="13.5" font-weight="600" fill="{RSU}"{rim}>')
        for rsu in rsus:
            x, y = canvas.at((rsu["x"], rsu["y"]))
            canvas.add(f'<text x="{x + 13:g}" y="{y - 8:g}">{escape(rsu["name"])}</text>')
        canvas.add("</g>")


def draw_legend(canvas: Canvas, ways: list, time: float) -> None:
    direct = sum(hops == 1 for hops, _ in ways)
    alone = sum(hops == 0 for hops, _ in ways)
    rows = [
        (RSU, 7, f"road-side unit, range {coverage.RANGE_METRES:g} m"),
        (DIRECT, 4.6, f"{direct} vehicles in its range"),
        (RELAYED, 4.6, f"{len(ways) - direct - alone} reach one through others"),
        (ALONE, 4.6, f"{alone} reach none"),
    ]
    height = 46 + 21 * len(rows)
    canvas.add(f'<g transform="translate(18 18)" fill="{INK}">')
    canvas.add(f'<rect width="232" height="{height}" rx="8" fill="{PAPER}" fill-opacity=".93" stroke="{CASING}"/>')
    canvas.add(f'<text x="14" y="26" font-size="15" font-weight="600">Berlin-Adlershof, {time:g} s</text>')
    for row, (colour, radius, words) in enumerate(rows):
        y = 50 + 21 * row
        canvas.add(f'<circle cx="22" cy="{y}" r="{radius}" fill="{colour}"/><text x="38" y="{y + 4.5}" font-size="13">{words}</text>')
    canvas.add("</g>")
    length = 500 * canvas.scale
    x, y = WIDTH - 22 - length, canvas.height - 42
    canvas.add(
        f'<g fill="{FAINT}" font-size="12"><path d="M{x:.1f} {y - 5}v5h{length:.1f}v-5" fill="none" stroke="{FAINT}" '
        f'stroke-width="1.4"/><text x="{x + length / 2:.1f}" y="{y - 6}" text-anchor="middle">500 m</text>'
        f'<text x="{WIDTH - 22}" y="{canvas.height - 18}" text-anchor="end">map © OpenStreetMap contributors · traffic by '
        "Eclipse SUMO</text></g>"
    )


if __name__ == "__main__":
    main()
