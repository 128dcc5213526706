#!/usr/bin/env bash
# Builds and runs the benchmarks, one table each.
#   tests/bench/run.sh [allocators|memory|watch|frame|render|events|model]   all of them without an argument
#   allocators   workloads and real programs on this malloc, glibc's, jemalloc, tcmalloc, mimalloc: time
#                and memory, in about 8 minutes (--cpu: CPU time; what follows goes to allocators.py)
#   memory   patterns of memory use on the same: peak, and rest after all was freed, in about 12
#                minutes (what follows goes to memory.py)
#   watch    real programs recorded, on the drop-in and under heaptrack (if it is installed), against glibc
#   frame    CPU time of a frame of the window, 8 threads at full speed, 1 thousand to 1 million blocks
#   render   a lesson's pictures, as whole processes
#   events   writing an event, merging the rings (Google Benchmark)
#   model    applying events to the picture, seeking (Google Benchmark)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
case ${1:-all} in
  all | allocators | memory | watch | frame | render | events | model) what=${1:-all} ;;
  *)
    sed -n '2,12s/^# \{0,1\}//p' "$0"
    [ "$1" = --help ] && exit 0
    exit 2
    ;;
esac

if [ "$what" = all ] || [ "$what" = allocators ] || [ "$what" = memory ] || [ "$what" = watch ]; then
  "$root/third_party/setup.sh" allocators
fi
"$root/third_party/setup.sh" tests
"$root/third_party/build.sh" release -DMICROHEAP_BUILD_TESTS=ON -DMICROHEAP_BUILD_BENCH=ON
bin=$root/build/release/bin
cpu=$(sed -n "s/^model name[^:]*: //p" /proc/cpuinfo | head -n 1)
echo "Machine: $(nproc) cores, $cpu"

if [ "$what" = all ] || [ "$what" = allocators ]; then
  echo "== Allocators"
  /usr/bin/python3 "$root/tests/bench/allocators/allocators.py" --workloads "$bin/alloc_workloads" \
    --preload "$root/build/release/lib/libmicroheap_preload.so" "${@:2}"
fi
if [ "$what" = all ] || [ "$what" = memory ]; then
  echo "== Memory"
  /usr/bin/python3 "$root/tests/bench/memory/memory.py" --patterns "$bin/memory_patterns" \
    --preload "$root/build/release/lib/libmicroheap_preload.so" "${@:2}"
fi
if [ "$what" = all ] || [ "$what" = watch ]; then
  echo "== Watching"
  /usr/bin/python3 -B "$root/tests/bench/watch/watch.py" --microheap "$bin/microheap" \
    --preload "$root/build/release/lib/libmicroheap_preload.so" "${@:2}"
fi
if [ "$what" = all ] || [ "$what" = frame ]; then
  echo "== A frame of the window"
  MICROHEAP=$bin/microheap xvfb-run -a -s "-screen 0 1600x1000x24" \
    /usr/bin/python3 "$root/tests/bench/frame_cost.py"
fi
if [ "$what" = all ] || [ "$what" = render ]; then
  echo "== A lesson's pictures"
  MICROHEAP=$bin/microheap /usr/bin/python3 "$root/tests/bench/render_cost.py"
fi
if [ "$what" = all ] || [ "$what" = events ]; then
  echo "== The event stream"
  "$bin/event_bench" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
fi
if [ "$what" = all ] || [ "$what" = model ]; then
  echo "== The picture"
  "$bin/model_bench" --benchmark_repetitions=3 --benchmark_report_aggregates_only=true
fi
