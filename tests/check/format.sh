#!/usr/bin/env bash
# Are all sources formatted as .clang-format says? To repair: clang-format -i FILE
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/check/find_tool.sh
clang_format=$(find_tool clang-format)
find core app tests -name '*.[ch]pp' -print0 -o -name '*.[ch]' -print0 |
  xargs -0 -P 2 -n 16 "$clang_format" --dry-run -Werror
