#!/usr/bin/env bash
# Configures a preset if that is needed, and builds it. Says nothing when all is up to date.
#   third_party/build.sh PRESET [-DNAME=VALUE ...] [TARGET ...]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=$1
shift
tree=$root/build/$preset

definitions=()
targets=()
for argument in "$@"; do
  case $argument in
    -D*) definitions+=("$argument") ;;
    *) targets+=("$argument") ;;
  esac
done

# Whether the tree stands and was configured with these definitions.
configured() {
  local definition name
  [ -f "$tree/build.ninja" ] || return 1
  for definition in "${definitions[@]}"; do
    name=${definition#-D}
    grep -q "^${name%%=*}:[A-Z]*=${name#*=}\$" "$tree/CMakeCache.txt" || return 1
  done
}

configure() {
  printf 'Configuring %s\n' "build/$preset" >&2
  local log
  log=$(mktemp)
  if ! (cd "$root" && cmake --preset "$preset" "${definitions[@]}") >"$log" 2>&1; then
    grep -v '^-- ' "$log" >&2
    rm -f "$log"
    printf 'CMake could not configure %s.\n' "build/$preset" >&2
    exit 1
  fi
  grep -E 'taking|not installed|Warning' "$log" >&2 || true
  rm -f "$log"
}

# Shows one moving line on a terminal, a line each tenth step elsewhere; all of what goes wrong.
show_progress() {
  local line columns step
  columns=$(tput cols 2>/dev/null || echo 80)
  while IFS= read -r line; do
    case $line in
      'ninja: no work to do.' | 'ninja: Entering directory'* | *'Re-checking globbed directories'*) ;;
      '['*)
        step=${line#[}
        step=${step%%/*}
        if [ -t 2 ]; then
          printf '\r\033[K%s' "${line:0:columns-1}" >&2
        elif [ $((step % 10)) -eq 0 ]; then
          printf '%s\n' "$line" >&2
        fi
        drawn=1
        ;;
      *) printf '%s%s\n' "${drawn:+$([ -t 2 ] && printf '\r\033[K')}" "$line" >&2 ;;
    esac
  done
  if [ -n "${drawn:-}" ] && [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

configured || configure
if ! ninja -C "$tree" "${targets[@]}" 2>&1 | show_progress; then
  printf 'The build of %s failed; the messages above say where.\n' "build/$preset" >&2
  exit 1
fi
