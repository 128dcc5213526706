#!/usr/bin/env python3
"""Records real programs, and prints what that costs: one table.

Each program is run unwatched on glibc, on the drop-in, recorded, and under heaptrack if it is there,
in turn, several times over; the figures are medians. Time is the clock's, or with --cpu what the
processor worked, the recorder's share too.

  watch.py --microheap PROGRAM --preload LIBRARY [--rounds N] [--only NAME,...] [--cpu]
"""
import argparse
import json
import math
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "allocators"))
from allocators import Programs  # noqa: E402

LEAST_EVENTS = 1_000_000  # programs with fewer are left out of the mean


def run(command, environment, cpu, folder):
    """Seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    ran = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, cwd=folder)
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode != 0:
        raise RuntimeError(f"{command[0]}: {ran.stderr.decode()[-300:]}")
    if not cpu:
        return wall
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ways(options, folder):
    """How a command is run: name, words before it, environment."""
    recording = os.path.join(folder, "a.mhr")
    result = [("glibc", [], {}), ("drop-in", [], {"LD_PRELOAD": options.preload}),
              ("recorded", [options.microheap, "record", "-q", "-o", recording, "--"], {})]
    if shutil.which("heaptrack"):
        result.append(("heaptrack", ["heaptrack"], {}))  # into the folder where it runs
    return recording, result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--microheap", required=True, type=os.path.abspath)
    parser.add_argument("--preload", required=True, type=os.path.abspath)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--cpu", action="store_true")
    options = parser.parse_args()
    only = [name for name in options.only.split(",") if name]
    with tempfile.TemporaryDirectory() as folder:
        recording, all_ways = ways(options, folder)
        names = [name for name, _, _ in all_ways]
        print("| | events | lost | bytes an event | glibc, s | "
              + " | ".join(f"{name} / glibc" for name in names[1:]) + " |")
        print("| --- |" + " ---: |" * (3 + len(names)))
        ratios = {name: [] for name in names}
        for program, (command, environment) in Programs(folder).commands.items():
            if only and program not in only:
                continue
            seconds = {name: [] for name in names}
            for _ in range(options.rounds):
                for name, before, added in all_ways:
                    for old in pathlib.Path(folder).glob("heaptrack.*"):
                        old.unlink()
                    seconds[name].append(run(before + command, {**environment, **added}, options.cpu, folder))
            told = json.loads(subprocess.check_output([options.microheap, "stats", recording, "--json"]))
            events = sum(process["events"] for process in told["processes"])
            lost = sum(process["lost"] for process in told["processes"])
            median = {name: statistics.median(values) for name, values in seconds.items()}
            row = [median[name] / median["glibc"] for name in names[1:]]
            print(f"| {program} | {events} | {lost} | {told['bytes'] / events:.2f} | {median['glibc']:.2f} | "
                  + " | ".join(f"{ratio:.2f}" for ratio in row) + " |", flush=True)
            if events >= LEAST_EVENTS:
                for name, ratio in zip(names[1:], row):
                    ratios[name].append(ratio)
        means = [math.exp(statistics.fmean(map(math.log, ratios[name]))) if ratios[name] else math.nan
                 for name in names[1:]]
        print("| **geometric mean** | | | | | " + " | ".join(f"**{mean:.2f}**" for mean in means) + " |")


if __name__ == "__main__":
    main()
