#!/usr/bin/env bash
# Does clang-tidy have nothing to say about the sources of core and app, as .clang-tidy asks?
#   tidy.sh BUILD_TREE   the tree whose compile_commands.json tells how they are compiled
set -euo pipefail
tree=$1
cd "$(dirname "$0")/../.."
source tests/check/find_tool.sh
clang_tidy=$(find_tool clang-tidy)
find core app -name '*.cpp' -print0 -o -name '*.c' -print0 |
  xargs -0 -P "$(nproc)" -n 2 "$clang_tidy" -p "$tree" --quiet
