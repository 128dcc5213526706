"""What a lesson's pictures cost, as whole processes. MICROHEAP names the program."""

import os
import pathlib
import statistics
import subprocess
import tempfile
import time

PROGRAM = os.environ["MICROHEAP"]
COURSE = pathlib.Path(__file__).resolve().parents[2] / "assets" / "lessons"
RUNS = 15


def seconds(*words):
    begin = time.monotonic()
    subprocess.run([PROGRAM, *map(str, words)], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def many_blocks():
    yield 'title "Many"\npolicy textbook\n'
    for i in range(1000):
        yield f"b{i} = malloc {1 + i * 7 % 90}\n"
    for i in range(0, 999, 3):
        yield f"free b{i}\n"


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # One after the other in turns, so that a busy machine is busy for both.
        svg, png = [], []
        for _ in range(RUNS):
            svg.append(seconds("render", "placement", "-o", folder / "a.svg", "--step", 6))
            png.append(seconds("render", "placement", "-o", folder / "a.png", "--step", 6))
        figures = sum(seconds("render", lesson, "--pictures", folder / lesson.stem)
                      for lesson in sorted(COURSE.glob("*.mh")))
        pictures = len(list(folder.glob("*/*.png")))
        (folder / "many.mh").write_text("".join(many_blocks()))
        seconds("render", folder / "many.mh", "-o", folder / "many.svg")
        size = (folder / "many.svg").stat().st_size

    rows = [("a step as SVG, from process start", f"{statistics.median(svg) * 1e3:.0f} ms", "300 ms"),
            ("a step as PNG, from process start", f"{statistics.median(png) * 1e3:.0f} ms", "300 ms"),
            (f"all {pictures} pictures of the course as PNG, one after the other", f"{figures:.1f} s", "60 s"),
            ("SVG of 1 000 blocks", f"{size / 1000:.0f} KB", "500 KB")]
    print(f"{'what (medians of ' + str(RUNS) + ' runs)':<66} {'measured':>10} {'at most':>9}")
    for what, measured, goal in rows:
        print(f"{what:<66} {measured:>10} {goal:>9}")


if __name__ == "__main__":
    main()
