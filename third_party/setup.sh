#!/usr/bin/env bash
# Installs the packages that MicroHeap needs and this machine lacks (Debian, Ubuntu).
#   third_party/setup.sh app     what app/run.sh needs
#   third_party/setup.sh tests   that, and what tests/run.sh needs
#   third_party/setup.sh allocators   what tests/bench/run.sh allocators compares and runs
# Exit status: 0 all there, 1 something could not be installed, 2 wrong use, 3 no apt here.
set -euo pipefail

# "a|b": the first that this distribution has. A trailing "?": good to have, not needed.
app_packages="
  g++ cmake ninja-build python3-glad
  libglfw3-dev libimgui-dev libstb-dev libegl-dev libfontconfig-dev|libfontconfig1-dev libmimalloc-dev libcli11-dev nlohmann-json3-dev
  libzstd-dev
  libgl1 libegl1 libgl1-mesa-dri
  fonts-inter? fonts-jetbrains-mono? fonts-dejavu-core?"
test_packages="
  libgtest-dev librapidcheck-dev libbenchmark-dev
  xvfb xauth xdotool openbox python3 python3-pil
  pkgconf|pkg-config
  clang libclang-rt-dev clang-tidy-14|clang-tidy clang-format-14|clang-format
  perl? sqlite3? git?
  dpkg-dev? desktop-file-utils? appstream?"
allocator_packages="
  libjemalloc2 libtcmalloc-minimal4|libtcmalloc-minimal4t64 libmimalloc2.0|libmimalloc3|libmimalloc2
  python3 perl sqlite3 lua5.4 jq g++"

say() { printf '%s\n' "$*" >&2; }

usage() {
  say "usage: third_party/setup.sh app|tests|allocators"
  exit 2
}

# Prints those of the given packages that are installed, each on a line.
installed() {
  dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' || true
}

known_to_apt() {
  local candidate
  candidate=$(LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')
  [ -n "$candidate" ] && [ "$candidate" != "(none)" ]
}

# Sets missing to the wanted packages that are not installed, as they are written above.
find_missing() {
  local have wanted name
  have=" $(installed $(tr '|?' '  ' <<<"$packages") | tr '\n' ' ') "
  missing=""
  for wanted in $packages; do
    for name in $(tr '|?' '  ' <<<"$wanted"); do
      [[ $have == *" $name "* ]] && continue 2
    done
    missing+=" $wanted"
  done
}

# Without apt nothing can be installed from here. Fine if a build tree stands, or all is there anyway.
without_apt() {
  [ -f "$root/build/release/build.ninja" ] && exit 0
  programs_and_headers_there && exit 0
  say "This system has no apt, so MicroHeap cannot install what it needs:"
  say "  a C++20 compiler, CMake 3.25 or newer, Ninja, Python 3 with glad 2 (or jinja2),"
  say "  the headers of EGL, of fontconfig and (to build GLFW) X11 or Wayland, and an OpenGL 3.3 driver;"
  say "  GLFW 3.3, Dear ImGui 1.86 or newer, stb, mimalloc, CLI11, nlohmann-json are used if installed."
  [ "$what" = tests ] && say "  For the tests: pkg-config, Xvfb, xdotool, Python 3 with Pillow, clang 14; GoogleTest, RapidCheck if installed."
  say "CMake fetches the libraries that are missing, at pinned versions:"
  say "  cmake -S $root -B $root/build/release -G Ninja -DMICROHEAP_FETCH=ON"
  say "or takes local copies: -DFETCHCONTENT_SOURCE_DIR_GLFW=folder, and the same for IMGUI, STB, GLAD,"
  say "  MIMALLOC, CLI11, NLOHMANN_JSON, GOOGLETEST, RAPIDCHECK, BENCHMARK. After that this script is content."
  exit 3
}

programs_and_headers_there() {
  local program
  for program in c++ cmake ninja glad; do
    command -v "$program" >/dev/null || return 1
  done
  [ "$what" = app ] || command -v xvfb-run >/dev/null || return 1
  c++ -std=c++20 -E -o /dev/null -x c++ - 2>/dev/null <<'CODE'
#if !__has_include(<GLFW/glfw3.h>) || !__has_include(<EGL/egl.h>) || !__has_include(<fontconfig/fontconfig.h>) || !__has_include(<mimalloc.h>) || \
    !__has_include(<CLI/CLI.hpp>) || !__has_include(<nlohmann/json.hpp>) || \
    !__has_include(<imgui/imgui.h>) || !__has_include(<stb/stb_image_write.h>)
#error missing
#endif
CODE
}

# Runs a command as root, or says who has to.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "These packages have to be installed by root, and there is no sudo here. As root, run:"
    say "  apt-get install$(tr '|?' '  ' <<<"$missing")"
    exit 1
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=300 -o APT::Install-Recommends=false "$@"
}

update_lists() {
  say "Updating the list of packages (apt-get update)"
  apt_get update >"$log" 2>&1 ||
    say "  apt-get update had problems and MicroHeap goes on with the list as it is: $(reason)"
}

# The last error of the command whose output is in the log.
reason() {
  { grep '^E: ' "$log" || tail -n 1 "$log"; } | tail -n 1
}

install_missing() {
  local wanted name names="" failed=""
  for wanted in $missing; do
    if name=$(first_known "$wanted"); then
      names+=" $name"
    elif [[ $wanted != *\? ]]; then
      say "Package ${wanted%%|*}: apt does not know it. On Ubuntu, enable 'universe' (add-apt-repository universe);"
      say "  on Debian, have 'main' in /etc/apt/sources.list; then run this again."
      failed+=" $wanted"
    fi
  done
  [ -z "$failed" ] || exit 1
  [ -n "$names" ] || return 0
  say "Installing:$names"
  # shellcheck disable=SC2086  # a list
  if apt_get install $names 2>&1 | tee "$log" | sed -un 's/^Setting up \([^ ]*\).*/  \1/p' >&2; then
    return 0
  fi
  say "That did not work: $(reason)"
  install_one_by_one "$names"
}

# Finds the packages that cannot be installed, and says so.
install_one_by_one() {
  local name failed=""
  say "Trying the packages one at a time"
  for name in $1; do
    apt_get install "$name" >"$log" 2>&1 && continue
    say "Package $name could not be installed: $(reason)"
    [[ $packages == *"$name?"* ]] || failed+=" $name"
  done
  [ -z "$failed" ] && return 0
  say "What to do: try  apt-get update && apt-get install$failed  as root and follow what apt says"
  say "  (network, disk space, broken packages: apt-get -f install); then run this again."
  exit 1
}

# Prints the first of the alternatives "a|b" that apt can install.
first_known() {
  local name
  for name in $(tr '|?' '  ' <<<"$1"); do
    known_to_apt "$name" && echo "$name" && return 0
  done
  return 1
}

what=${1:-}
case $what in
  app) packages=$app_packages ;;
  tests) packages="$app_packages $test_packages" ;;
  allocators) packages=$allocator_packages ;;
  *) usage ;;
esac
[ $# -eq 1 ] || usage
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || without_apt
find_missing
[ -n "$missing" ] || exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
say "MicroHeap needs $(wc -w <<<"$missing") packages that are not installed."
as_root true
update_lists
install_missing
