#!/usr/bin/env bash
# Installs what is missing, builds and runs every test: release, asan + ubsan, tsan, fuzzers.
#   tests/run.sh [--quick] [ctest's arguments, e.g. -R Merger or -L unit]
#   --quick   the release build only
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)

presets="release asan tsan fuzz"
if [ "${1:-}" = --quick ]; then
  presets=release
  shift
elif [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  sed -n '2,4s/^# \{0,1\}//p' "$0"
  exit 0
fi

"$root/third_party/setup.sh" tests
for preset in $presets; do
  "$root/third_party/build.sh" "$preset" -DMICROHEAP_BUILD_TESTS=ON
done

# One run of ctest over the trees, so that there is one summary and one exit status.
mkdir -p "$root/build/all"
for preset in $presets; do
  printf 'subdirs("%s")\n' "$root/build/$preset"
done >"$root/build/all/CTestTestfile.cmake"
cd "$root/build/all"
exec ctest --output-on-failure --parallel "$(nproc)" "$@"
