"""CPU time of a frame of the real window while 8 threads work at full speed, by live blocks.

Prints a table. Environment: MICROHEAP is the program; DISPLAY an X server.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["MICROHEAP"]
FILL_SECONDS = 120
SAMPLES = 40


def read(file):
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError):
        return None


def measure(live):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "state.json"
        app = subprocess.Popen(
            [PROGRAM, "--size", "1600x1000", "--state", file, "--threads", "8", "--pattern", "churn",
             "--live", str(live), "--rate", "unlimited"],
            env={**os.environ, "XDG_CONFIG_HOME": folder})
        try:
            end = time.monotonic() + FILL_SECONDS
            state = None
            while time.monotonic() < end:
                state = read(file)
                if state and state["totals"]["used_blocks"] >= 0.8 * live:
                    break
                time.sleep(0.2)
            costs, rates = [], []
            while len(costs) < SAMPLES:
                time.sleep(0.1)
                state = read(file) or state
                costs.append(state["frame_cpu_ms"])
                rates.append(state["events_per_second"])
            return (state["totals"]["used_blocks"], statistics.median(costs), max(costs),
                    statistics.median(rates), state["lost"], state["verdict"]["state"])
        finally:
            app.terminate()
            app.wait()


def main():
    print(f"{'live blocks':>12} {'frame, CPU ms':>14} {'worst median':>13} {'events/s':>10} {'lost':>5}  map = heap")
    for live in (1000, 10_000, 100_000, 1_000_000):
        blocks, cost, worst, rate, lost, verdict = measure(live)
        print(f"{blocks:>12} {cost:>14.2f} {worst:>13.2f} {rate:>10.0f} {lost:>5}  {verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
