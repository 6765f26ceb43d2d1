#!/usr/bin/env python3
"""How well the RSUs cover the town's traffic.

    python3 coverage.py [--range METRES] [--trace FILE] [--rsus FILE]

Prints the size of the trace and, for a radio that reaches exactly --range metres and not one farther, the share of
vehicle-seconds from which an RSU is reached directly, with one relay, with two, and so on. Standard library only.
"""

import argparse
import collections
import csv
import gzip
import math
import pathlib
import xml.etree.ElementTree as ElementTree

# Where nine of ten broadcasts of a heartbeat's size arrive, with the default radio and no other traffic.
RANGE_METRES = 195.0
# This many and more are counted together.
MANY_HOPS = 4


def main() -> None:
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="How well the RSUs cover the town's traffic.")
    parser.add_argument("--range", type=float, default=RANGE_METRES, help="metres (%(default)s)")
    parser.add_argument("--trace", type=pathlib.Path, default=here / "town.fcd.xml.gz")
    parser.add_argument("--rsus", type=pathlib.Path, default=here / "rsus.csv")
    options = parser.parse_args()
    rsus, steps = read_rsus(options.rsus), read_trace(options.trace)
    print_size(steps)
    print_coverage(steps, rsus, options.range)


def read_rsus(path: pathlib.Path) -> "list[dict]":
    """The rows of the table: name, x, y, junction, place."""
    with open(path, newline="", encoding="utf-8") as file:
        return [{**row, "x": float(row["x"]), "y": float(row["y"])} for row in csv.DictReader(file)]


def read_trace(path: pathlib.Path) -> "list[tuple[float, dict]]":
    """The timesteps: a time in seconds, and the positions of the vehicles by name."""
    steps = []
    with gzip.open(path) as file:
        for _, element in ElementTree.iterparse(file):
            if element.tag == "timestep":
                vehicles = {v.get("id"): (float(v.get("x")), float(v.get("y"))) for v in element.iter("vehicle")}
                steps.append((float(element.get("time")), vehicles))
                element.clear()
    return steps


def print_size(steps: list) -> None:
    counts = [len(vehicles) for _, vehicles in steps]
    names = {name for _, vehicles in steps for name in vehicles}
    xs = [x for _, vehicles in steps for x, _ in vehicles.values()]
    ys = [y for _, vehicles in steps for _, y in vehicles.values()]
    print(f"time                 {steps[0][0]:.0f} to {steps[-1][0]:.0f} s, {len(steps)} timesteps")
    print(f"vehicles             {len(names)}; at once {min(counts)} to {max(counts)}, mean {sum(counts) / len(counts):.1f}")
    print(f"x                    {min(xs):.0f} to {max(xs):.0f} m")
    print(f"y                    {min(ys):.0f} to {max(ys):.0f} m")


def print_coverage(steps: list, rsus: "list[dict]", reach: float) -> None:
    hops, total = collections.Counter(), 0
    per_rsu = collections.Counter()
    for _, vehicles in steps:
        positions = list(vehicles.values())
        total += len(positions)
        hops.update(min(hop, MANY_HOPS) for hop, _ in ways_to_rsu(positions, rsus, reach))
        for rsu in rsus:
            per_rsu[rsu["name"]] += sum(math.dist((rsu["x"], rsu["y"]), at) <= reach for at in positions)
    print(f"\nan RSU is reached, with a range of {reach:g} m, in this share of vehicle-time")
    reached = 0
    for hop, words in [(1, "directly"), (2, "by one relay"), (3, "by two relays"), (MANY_HOPS, "by more relays")]:
        reached += hops[hop]
        print(f"  {words:<18} {hops[hop] / total:6.1%}   together {reached / total:6.1%}")
    print(f"  {'never':<18} {hops[0] / total:6.1%}")
    print("\nin range of")
    for rsu in rsus:
        print(f"  {rsu['name']:<18} {per_rsu[rsu['name']] / total:6.1%}   {rsu['place']}")


def ways_to_rsu(positions: list, rsus: "list[dict]", reach: float) -> list:
    """The fewest hops from each position to an RSU, over the others as relays, and the position of the first of them.
    (0, None) where there is no way."""
    ways = [(0, None)] * len(positions)
    frontier = [(rsu["x"], rsu["y"]) for rsu in rsus]
    waiting = set(range(len(positions)))
    hops = 0
    while frontier and waiting:
        hops += 1
        found = []
        for index in sorted(waiting):
            nearest = min(frontier, key=lambda at: math.dist(positions[index], at))
            if math.dist(positions[index], nearest) <= reach:
                ways[index] = (hops, nearest)
                found.append(index)
        waiting.difference_update(found)
        frontier = [positions[index] for index in found]
    return ways


if __name__ == "__main__":
    main()
