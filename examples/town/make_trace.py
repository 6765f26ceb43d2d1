#!/usr/bin/env python3
"""Makes town.fcd.xml.gz: five minutes of traffic in Berlin-Adlershof, by SUMO.

    python3 make_trace.py [--work DIR] [--sumo-home DIR] [--out FILE]

Needs Python 3.9 or later and pip. SUMO is installed from PyPI (about 250 MB) into a virtual environment in a temporary
folder, which is removed at the end; with --work DIR it is kept there, together with what SUMO wrote. --sumo-home names
a SUMO that is installed already (the folder that holds `bin` and `tools`).

The same version of SUMO on the same kind of machine writes the same bytes again.
"""

import argparse
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile
import venv
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import quoteattr

SUMO_VERSION = "1.28.0"
NETWORK = pathlib.Path("tools/game/DRT/osm.net.xml")
SEED = 42
# Seconds. The streets fill up during the warm-up; the trace begins at its end, and this instant becomes 0.
WARM_UP = 600
LENGTH = 300
# A new trip every so many seconds keeps about 140 vehicles on the road.
TRIP_PERIOD = 1.2
# How much likelier trips start and end at the edge of the map than within it.
FRINGE_FACTOR = 5
MIN_TRIP_METRES = 500
ATTRIBUTES = ["id", "x", "y", "angle", "type", "speed", "pos", "lane", "slope"]
NOTICE = (
    f"Traffic in Berlin-Adlershof, simulated by Eclipse SUMO {SUMO_VERSION} (examples/town/make_trace.py). "
    "Road network: (c) OpenStreetMap contributors, ODbL 1.0, https://www.openstreetmap.org/copyright"
)


def main() -> None:
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Makes the trace of the town by SUMO.")
    parser.add_argument("--work", type=pathlib.Path, help="keep SUMO and its files in this folder")
    parser.add_argument("--sumo-home", type=pathlib.Path, help="use this SUMO; otherwise it is installed from PyPI")
    parser.add_argument("--out", type=pathlib.Path, default=here / "town.fcd.xml.gz", help="the trace (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="town-") as temporary:
        work = (options.work or pathlib.Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        home = options.sumo_home.resolve() if options.sumo_home else install(work)
        raw = simulate(home, work)
        steps, samples = convert(raw, options.out)
    print(f"{options.out}: {steps} timesteps, {samples / steps:.1f} vehicles on average")
    if options.work:
        print(f"network: {home / NETWORK}")


def install(work: pathlib.Path) -> pathlib.Path:
    """Installs SUMO into a virtual environment in `work` and returns its home."""
    environment = work / "venv"
    if not environment.exists():
        venv.create(environment, with_pip=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run([python, "-m", "pip", "install", "--quiet", f"eclipse-sumo=={SUMO_VERSION}"])
    where = "import sumo; print(sumo.SUMO_HOME)"
    return pathlib.Path(subprocess.run([python, "-c", where], check=True, capture_output=True, text=True).stdout.strip())


def simulate(home: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    """Draws random trips, drives them, and returns the file with the floating car data."""
    # A fixed hash seed, because SUMO's scripts iterate over sets.
    environment = {
        **os.environ,
        "SUMO_HOME": str(home),
        "PYTHONHASHSEED": "0",
        "PROJ_DATA": str(home / "data" / "proj"),
    }
    network, routes, raw = home / NETWORK, work / "town.rou.xml", work / "town.raw.xml"
    end = WARM_UP + LENGTH
    run(
        [sys.executable, home / "tools" / "randomTrips.py", "-n", network, "-o", work / "town.trips.xml", "-r", routes]
        + ["-b", 0, "-e", end, "-p", TRIP_PERIOD, "--fringe-factor", FRINGE_FACTOR, "--min-distance", MIN_TRIP_METRES]
        + ["--vehicle-class", "passenger", "--vclass", "passenger", "--prefix", "car", "--validate", "--seed", SEED],
        environment,
    )
    # The end is exclusive: one second more, so that the trace holds both its first and its last instant.
    run(
        [home / "bin" / "sumo", "-n", network, "-r", routes, "-b", 0, "-e", end + 1, "--step-length", 1]
        + ["--seed", SEED, "--time-to-teleport", 120, "--no-step-log", "--no-warnings"]
        + ["--fcd-output", raw, "--device.fcd.begin", WARM_UP, "--fcd-output.attributes", ",".join(ATTRIBUTES)],
        environment,
    )
    return raw


def convert(raw: pathlib.Path, out: pathlib.Path) -> "tuple[int, int]":
    """Shifts the time to 0 and packs the trace, without SUMO's header, which holds paths and the time of day."""
    steps = samples = 0
    # No name and no time in the gzip header, so that the same trace is the same bytes.
    with open(out, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {NOTICE} -->\n<fcd-export>\n'.encode())
        for _, element in ElementTree.iterparse(raw):
            if element.tag != "timestep":
                continue
            time = float(element.get("time")) - WARM_UP
            packed.write(f'    <timestep time="{time:.2f}">\n'.encode())
            for vehicle in element.iter("vehicle"):
                attributes = " ".join(f"{name}={quoteattr(vehicle.get(name))}" for name in ATTRIBUTES)
                packed.write(f"        <vehicle {attributes}/>\n".encode())
                samples += 1
            packed.write(b"    </timestep>\n")
            steps += 1
            element.clear()
        packed.write(b"</fcd-export>\n")
    return steps, samples


def run(command: list, environment: "dict | None" = None) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}\nfailed with status {done.returncode}")


if __name__ == "__main__":
    main()
