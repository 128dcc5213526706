#!/usr/bin/env python3
"""Do includes go along the arrows only? Each folder may use those that stand here beside it; nothing uses
what is above it. A folder that has no line here is reported, too.
  layers.py [ROOT]"""

import pathlib
import re
import sys

MAY_USE = {
    "core/include": [],
    "core/package": ["core/include"],
    "core/examples": ["core/include"],
    "core/events": ["core/include"],
    "core/heap": ["core/include", "core/events"],
    "core/preload": ["core/include", "core/events", "core/heap"],
    "app/model": ["core"],
    "app/slides": ["core", "app/model"],
    "app/sources": ["core", "app/model"],
    "app/streams": ["core", "app/model", "app/slides"],
    "app/lessons": ["core", "app/model", "app/slides", "app/sources"],
    "app/render": ["app/model", "app/slides"],
    "app/views": ["core", "app/model", "app/slides", "app/sources", "app/streams", "app/lessons", "app/render"],
    "app": ["core", "app"],  # the program itself
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"((?:core|app)/[^"]+)"')


def layer_of(path):
    """The folder of the table that a file belongs to; its own folder, if none."""
    folders = path.split("/")[:-1]
    for depth in range(len(folders), 0, -1):
        folder = "/".join(folders[:depth])
        if folder in MAY_USE and (folder != "app" or len(folders) == 1):
            return folder
    return "/".join(folders)


def faults(root):
    for file in sorted(path for top in ("core", "app") for path in (root / top).rglob("*")):
        if file.suffix not in (".cpp", ".hpp", ".c", ".h"):
            continue
        name = str(file.relative_to(root))
        layer = layer_of(name)
        if layer not in MAY_USE:
            yield f"{name}: tests/check/layers.py does not say what {layer} may use"
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found or layer_of(found[1]) == layer:
                continue
            if not any(found[1].startswith(used + "/") for used in MAY_USE[layer]):
                yield f"{name}:{number}: {layer} may not use {found[1]}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = list(faults(root.resolve()))
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
