# find_tool NAME: prints the program NAME of LLVM 14, whose judgement is the one that counts. Other
# versions judge otherwise, so without it the check is skipped (status 77, which ctest knows).
find_tool() {
  local program
  for program in "$1-14" "$1"; do
    if command -v "$program" >/dev/null && "$program" --version | grep -q 'version 14\.'; then
      echo "$program"
      return 0
    fi
  done
  echo "$1 of LLVM 14 is not installed: not checked" >&2
  return 77
}
