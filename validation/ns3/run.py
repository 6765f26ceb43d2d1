#!/usr/bin/env python3
"""Runs roadmesh's reference experiments in ns-3 and writes their results.

    run.py [--out results.csv] [--work DIR] [--jobs N] [--quick]
    run.py --fields fields.csv [--work DIR]

It makes a virtual environment under --work (by default where `roadmesh validate --ns3` has it: roadmesh/ns3 in
$XDG_CACHE_HOME or ~/.cache), installs ns-3 from PyPI there (libraries and headers, about 500 MB), compiles the two programs
beside this file with g++, and runs all experiments, in about 40 minutes of processor time. Needs Python with venv and pip,
and g++ with C++20. What each run printed is kept there: interrupted, it goes on where it was.

Each value is the mean over independent runs, with half the width of its 95 % confidence interval (Student's t over the
runs). --quick takes a quarter of the runs, at least four: of fewer an interval is hardly one. --fields measures something else
instead, how long ns-3 computes on the fields that roadmesh's speed is compared with: such figures hold for one machine.
"""

import argparse
import hashlib
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

NS3 = "3.44.post0"
HERE = pathlib.Path(__file__).resolve().parent
LIBRARIES = ["wifi", "propagation", "mobility", "network", "core", "spectrum"]
HEADER = "experiment,series,x,value,half_width,runs,frames"
# 97.5 % quantiles of Student's t by degrees of freedom.
STUDENT = [math.inf, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09, 2.09]
DISTANCES = range(50, 601, 50)
# Vehicles, metres, seconds.
FIELDS = [(100, 1000, 10), (1000, 3000, 1)]
FIELDS_HEADER = "by,vehicles,side_m,simulated_s,cpu_s,frames,receptions"


def experiments():
    """(experiment, series, x, options, runs, figure); a figure makes (value, frames) of what a run printed."""
    for nodes, rate, runs, seconds in [(10, 10, 20, 10), (50, 10, 16, 2), (10, 100, 20, 2)]:
        options = dict(layout="cell", nodes=nodes, interval=1 / rate, duration=seconds)
        yield "cell", f"{rate} Hz delivery", nodes, options, runs, delivery
    for nodes, runs in [(25, 12), (100, 8), (150, 6)]:
        options = dict(layout="cell", nodes=nodes, interval=0.1, duration=1)
        yield "cell", "10 Hz delivery", nodes, options, runs, delivery
    # All at one place, so that nobody is louder than others. The window of ns-3 is doubled once more after the last try, for the
    # next frame: four tries have the windows that five have elsewhere.
    saturated = dict(layout="cell", sink=1, traffic="saturated", radius=0, attempts=4)
    for nodes in [1, 2, 5, 10, 20, 50]:
        for unicast, series in [(1, "unicast 300 B"), (0, "broadcast 300 B")]:
            # Of fifty stations' broadcasts hardly any arrive.
            long = nodes < 20 or (nodes == 50 and not unicast)
            options = dict(saturated, nodes=nodes + 1, unicast=unicast, duration=4 if long else 2)
            yield "saturation", series, nodes, options, 6, throughput(300)
    for nodes in [1, 10]:
        options = dict(saturated, nodes=nodes + 1, unicast=1, bytes=1500, duration=4)
        yield "saturation", "unicast 1500 B", nodes, options, 6, throughput(1500)
    # Where it is known to differ: neighbours that are louder than others, and five tries.
    for nodes in [10, 20, 50]:
        options = dict(saturated, nodes=nodes + 1, unicast=0, radius=10, duration=4 if nodes < 20 else 2)
        yield "saturation", "broadcast 300 B on a circle", nodes, options, 6, throughput(300)
    options = dict(saturated, nodes=51, unicast=1, attempts=5, duration=2)
    yield "saturation", "unicast 300 B with 5 tries", 50, options, 6, throughput(300)
    for rate in [10, 25, 50, 100, 200, 300, 500]:
        options = dict(layout="hidden", nodes=3, traffic="poisson", interval=1 / rate, duration=1500 / rate)
        yield "hidden", "broadcast 300 B", rate, options, 10, delivery
    for fading, series in [(0, "no fading"), (1, "Nakagami")]:
        points = DISTANCES if fading else [*DISTANCES, 370, 380, 390, 410, 420]
        for distance in points:
            options = dict(layout="pair", distance=distance, interval=0.001, fading=fading, duration=2.5)
            yield "distance", series, distance, options, 8, delivery
    for fading, series in [(0, "no fading"), (1, "Nakagami")]:
        options = dict(layout="road", nodes=300, width=3000, fading=fading, duration=1)
        yield "road", series, None, options, 3, delivery


def delivery(out):
    frames = out["offered"]
    return out["received"] / (frames * out["receivers"]), frames


def throughput(size):
    return lambda out: (out["received"] * size * 8 / out["duration"] / 1e6, out["received"])


def main():
    args = arguments()
    work = args.work.expanduser()
    python = install(work)
    radio, thresholds = (compile_program(python, work, name) for name in ["radio", "thresholds"])
    if args.fields:
        args.fields.write_text(FIELDS_HEADER + "\n" + "\n".join(fields(radio)) + "\n")
        print(f"wrote {args.fields}")
        return
    lines = call(thresholds).splitlines()
    lines += run_all(radio, args, work / "runs")
    title = f"# ns-3 {NS3} from PyPI. Written by validation/ns3/run.py, which says what each line is.\n"
    setting = "# 20 dBm, 6 Mb/s at 5.9 GHz, noise figure 6 dB, dual slope 2/4 at 100 m, Nakagami m 1.5/0.75 at 80 m, best effort with AIFSN 6.\n"
    args.out.write_text(title + setting + HEADER + "\n" + "\n".join(lines) + "\n")
    print(f"wrote {args.out}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results.csv")
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    parser.add_argument("--work", type=pathlib.Path, default=cache / "roadmesh/ns3")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--fields", type=pathlib.Path)
    return parser.parse_args()


def install(work):
    python = work / "venv/bin/python3"
    work.mkdir(parents=True, exist_ok=True)
    if not python.exists():
        print(f"making {work}/venv", flush=True)
        subprocess.run([sys.executable, "-m", "venv", work / "venv"], check=True)
    found = subprocess.run([python, "-m", "pip", "show", "ns3"], capture_output=True, text=True).stdout
    if f"Version: {NS3}" not in found:
        print(f"installing ns3=={NS3}, which takes some minutes", flush=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"ns3=={NS3}"], check=True)
    return python


def compile_program(python, work, name):
    source, program = HERE / f"{name}.cc", work / name
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return program
    print(f"compiling {name}.cc", flush=True)
    # Importing ns3 would load all of it.
    where = "import sysconfig; print(sysconfig.get_path('platlib'))"
    ns3 = pathlib.Path(call(python, "-c", where).strip()) / "ns3"
    libraries = [f"-lns3.44-{library}" for library in LIBRARIES]
    flags = ["-std=c++20", "-O2", f"-I{ns3}/include", f"-L{ns3}/lib64", f"-Wl,-rpath,{ns3}/lib64", "-Wl,--allow-shlib-undefined"]
    subprocess.run(["g++", source, "-o", program, *flags, *libraries], check=True)
    return program


def run_all(radio, args, kept):
    kept.mkdir(exist_ok=True)
    plan = [(*one[:4], min(one[4], max(4, one[4] // 4)) if args.quick else one[4], one[5]) for one in experiments()]
    with ThreadPoolExecutor(args.jobs) as pool:
        jobs = {}
        for index, (_, _, _, options, runs, _) in enumerate(plan):
            for run in range(1, runs + 1):
                jobs[pool.submit(simulate, radio, options, run, kept)] = index
        outputs = [[] for _ in plan]
        for done, job in enumerate(as_completed(jobs), 1):
            outputs[jobs[job]].append(job.result())
            print(f"\r{done} of {len(jobs)} runs", end="", flush=True)
    print()
    lines = []
    for (experiment, series, x, _, _, figure), runs in zip(plan, outputs):
        if x is None:
            lines += by_distance(experiment, series, runs)
        else:
            lines.append(line(experiment, series, x, [figure(out) for out in runs]))
        if experiment in ("cell", "road"):
            busy = [(out["busy"], out["offered"]) for out in runs]
            lines.append(line(experiment, series.replace(" delivery", "") + " busy", x or 0, busy))
    return lines


def simulate(radio, options, run, kept=None):
    """What a run printed. The same run of the same program prints the same, so it is made once: a comparison that was
    interrupted goes on where it was."""
    command = [f"--{key}={value}" for key, value in options.items()] + [f"--run={run}"]
    if kept:
        program = (HERE / "radio.cc").read_text() + NS3
        file = kept / hashlib.sha256("\n".join([program, *command]).encode()).hexdigest()
        if not file.exists():
            unfinished = file.with_suffix(".new")
            unfinished.write_text(call(radio, *command))
            unfinished.rename(file)
        printed = file.read_text()
    else:
        printed = call(radio, *command)
    out = {"bins": {}, "duration": options["duration"]}
    for text in printed.splitlines():
        key, value = text.split("=")
        if key == "bin":
            bin, sent, received = map(int, value.split())
            out["bins"][bin] = (sent, received)
        else:
            out[key] = float(value)
    out["receivers"] = options["nodes"] - 1 if options["layout"] == "cell" else 1
    return out


def by_distance(experiment, series, runs):
    for bin in sorted(runs[0]["bins"]):
        samples = [out["bins"][bin] for out in runs]
        yield line(experiment, series, 50 * bin + 25, [(got / sent, sent) for sent, got in samples])


def line(experiment, series, x, samples):
    values = [value for value, _ in samples]
    count = len(values)
    half = STUDENT[min(count - 1, 20)] * statistics.stdev(values) / math.sqrt(count) if count > 1 else 0
    frames = sum(frames for _, frames in samples)
    return f"{experiment},{series},{x:g},{statistics.mean(values):.6f},{half:.6f},{count},{frames:.0f}"


def fields(radio):
    """What fields of vehicles cost: processor time, so that other programs disturb little."""
    for vehicles, side, seconds in FIELDS:
        options = dict(layout="field", nodes=vehicles, width=side, height=side, speed=14, fading=1, warmup=0, duration=seconds)
        print(f"ns-3: {vehicles} vehicles in {side} m x {side} m, {seconds} s", flush=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = simulate(radio, options, 1)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        yield f"ns-3,{vehicles},{side},{seconds},{used:.3f},{out['offered']:.0f},{out['all']:.0f}"


def call(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nfailed: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
