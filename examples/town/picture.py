#!/usr/bin/env python3
"""Takes the map out of a run's report, as a picture of its own.

    roadmesh sim examples/town/scenario.yaml
    python3 examples/town/picture.py results/town-seed1/report.html

Standard library only.
"""

import argparse
import pathlib
import re


def main() -> None:
    docs = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"
    parser = argparse.ArgumentParser(description="Takes the map out of a report.")
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=docs / "town-run.svg")
    options = parser.parse_args()
    options.out.write_text(picture(options.report.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


def picture(report: str) -> str:
    figure = report.split('<figure id="map"', 1)[1]
    svg = figure[figure.index("<svg") : figure.index("</svg>")] + "</svg>\n"
    style = re.search(r"<style>(.*?)</style>", report, re.DOTALL).group(1)
    # Of the page's own style only the colours are needed; what drawings need follows the rule for all of them.
    colours = style[: style.index("* {")]
    drawing = style[style.index("svg {") :]
    width, height = re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups()
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    body = f'<style>{colours}{drawing}</style><rect width="{width}" height="{height}" fill="var(--card)"/>'
    start, rest = svg.split(">", 1)
    return head + start.removeprefix("<svg") + ">" + body + rest


if __name__ == "__main__":
    main()
