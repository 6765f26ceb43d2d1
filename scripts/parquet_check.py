#!/usr/bin/env python3
"""Reads the Parquet files of results folders with Apache's own library, and compares every cell with the CSV beside it.

    python3 scripts/parquet_check.py RESULTS...        (needs pyarrow)

Prints how much was compared; exit code 1 where something differs.
"""

import csv
import pathlib
import sys

import pyarrow.parquet


def as_text(value, cell):
    """A value as the CSV has it: numbers may be written in several ways."""
    if value is None:
        return cell == ""
    if isinstance(value, str):
        return cell == value
    return cell != "" and float(cell) == value


def compare(path):
    table = pyarrow.parquet.read_table(path)
    with open(path.with_suffix(".csv"), newline="") as file:
        rows = list(csv.reader(file))
    if table.column_names != rows[0] or table.num_rows != len(rows) - 1:
        sys.exit(f"{path}: {table.num_rows} rows of {table.column_names}")
    for name, values in zip(rows[0], table.columns):
        at = rows[0].index(name)
        for number, (value, row) in enumerate(zip(values.to_pylist(), rows[1:])):
            if not as_text(value, row[at]):
                sys.exit(f"{path}: `{name}` of row {number + 1} is {value!r}, and {row[at]!r} in the CSV")
    return table.num_rows * table.num_columns


def main():
    paths = [path for folder in sys.argv[1:] for path in sorted(pathlib.Path(folder).rglob("*.parquet"))]
    tables = [path for path in paths if path.with_suffix(".csv").exists()]
    if not tables:
        sys.exit("no Parquet file beside a CSV")
    cells = sum(compare(path) for path in tables)
    events = [pyarrow.parquet.read_table(path).num_rows for path in paths if path.name == "events.parquet"]
    for count, path in zip(events, (path for path in paths if path.name == "events.parquet")):
        lines = sum(1 for _ in open(path.with_suffix(".jsonl")))
        if lines != count:
            sys.exit(f"{path}: {count} events of {lines}")
    print(f"{cells} cells of {len(tables)} tables, and {sum(events)} events: all the same")


if __name__ == "__main__":
    main()
