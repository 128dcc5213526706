#!/usr/bin/env bash
# Does clang-tidy have nothing to say about the sources of core and app, as .clang-tidy asks? It reads
# what the compiler reads: where the tree compiles sources in batches, a batch at a time.
#   tidy.sh BUILD_TREE   the tree whose compile_commands.json tells how they are compiled
set -euo pipefail
tree=$1
cd "$(dirname "$0")/../.."
source tests/check/find_tool.sh
clang_tidy=$(find_tool clang-tidy)
/usr/bin/env python3 - "$tree" "$PWD" <<'end' |
import json
import sys

tree, root = sys.argv[1:]
ours = tuple(f"{top}/{part}/" for top in (root, tree) for part in ("core", "app"))
files = {entry["file"] for entry in json.load(open(f"{tree}/compile_commands.json"))}
for file in sorted(files):
    if file.startswith(ours) and not file.endswith(".S"):
        print(file, end="\0")
end
  xargs -0 -P "$(nproc)" -n 1 "$clang_tidy" -p "$tree" --quiet
