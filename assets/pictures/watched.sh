#!/usr/bin/env bash
# A picture of the window while it watches redis-server under its own benchmark.
#   watched.sh MICROHEAP OUT.png
set -euo pipefail
microheap=$1
out=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export microheap folder
xvfb-run -a -s "-screen 0 1600x1000x24 -noreset" bash -c '
  "$microheap" run --kill --size 1600x1000 --theme dark --pictures "$folder" -- \
    redis-server --port 7391 --save "" --daemonize no >/dev/null &
  sleep 4
  redis-benchmark -p 7391 -n 200000 -r 20000 -c 20 -t set,lpush,sadd -d 300 -q >/dev/null &
  sleep 12
  xdotool mousemove 1590 990 key Home
  sleep 1
  xdotool key p
  sleep 3
  xdotool key ctrl+q
  wait' </dev/null
mv "$folder"/*.png "$out"
