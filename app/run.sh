#!/usr/bin/env bash
# Installs what is missing, builds MicroHeap, and runs it with the arguments given here. Builds the drop-in
# malloc and the example programs beside it, which README.md speaks of.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)

"$root/third_party/setup.sh" app
# The tests, which need more packages, join the same tree when tests/run.sh asks for them.
tests=()
[ -f "$root/build/release/build.ninja" ] || tests=(-DMICROHEAP_BUILD_TESTS=OFF)
"$root/third_party/build.sh" release "${tests[@]}" microheap microheap_preload example_programs
exec "$root/build/release/bin/microheap" "$@"
