#!/usr/bin/env python3
"""Runs patterns of memory use on this malloc and on others, and prints one table: the greatest
resident set, and what is left of it a second after all was freed.

Every row is run on every allocator in turn, several times over; the figures are medians.

  memory.py --patterns PROGRAM --preload LIBRARY [--rounds N] [--only NAME,...] [--peers NAME,...]
            [--wait MS] [--json FILE]
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "allocators"))
from allocators import PEERS, find_library  # noqa: E402


def run(patterns, row, library, wait_ms):
    """(KiB at the peak, KiB at rest) of one run."""
    environment = {**os.environ, "LC_ALL": "C"}
    if library:
        environment["LD_PRELOAD"] = library
    said = subprocess.run([patterns, row, str(wait_ms)], env=environment, stdout=subprocess.PIPE,
                          check=True, timeout=120).stdout
    return tuple(int(figure) for figure in said.split())


def measure(patterns, rows, allocators, rounds, wait_ms):
    """{row: {allocator: (peak, rest)}}, medians, KiB."""
    samples = {row: {name: [] for name in allocators} for row in rows}
    for _ in range(rounds):
        for row in rows:
            for name, library in allocators.items():
                samples[row][name].append(run(patterns, row, library, wait_ms))
    return {row: {name: tuple(statistics.median(column) for column in zip(*runs))
                  for name, runs in by_name.items()} for row, by_name in samples.items()}


def table(results, allocators):
    names = list(allocators)
    lines = ["| MiB | " + " | ".join(names) + " | rest: " + " | ".join(names) + " |",
             "| --- |" + " ---: |" * (2 * len(names))]
    for row, by_name in results.items():
        cells = [f"{by_name[name][column] / 1024:.1f}" for column in (0, 1) for name in names]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--patterns", required=True)
    parser.add_argument("--preload", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--wait", type=int, default=1000, help="milliseconds before the rest is measured")
    parser.add_argument("--json")
    options = parser.parse_args()

    allocators = {"glibc": None, "MicroHeap": os.path.abspath(options.preload)}
    for name in filter(None, options.peers.split(",")):
        library = find_library(PEERS[name])
        if library:
            allocators[name] = library
        else:
            print(f"{name}: not installed, left out", file=sys.stderr)
    listed = subprocess.run([options.patterns, "--list"], capture_output=True, text=True, check=True)
    only = set(filter(None, options.only.split(",")))
    rows = [row for row in listed.stdout.split() if not only or row in only]
    results = measure(options.patterns, rows, allocators, options.rounds, options.wait)
    print(f"Resident set, MiB: the greatest, and the rest {options.wait} ms after all was freed; medians "
          f"of {options.rounds} interleaved rounds.\n")
    print(table(results, allocators))
    if options.json:
        with open(options.json, "w") as f:
            json.dump(results, f)


if __name__ == "__main__":
    main()
