# Completion for microheap. The options are what --help tells, so that they are never behind it.

# The lessons of the course, from their files' names.
_microheap_lessons() {
  local folder file
  folder=$(dirname "$(command -v "$1")")/../share/microheap/lessons
  for file in "$folder"/*.mh; do
    file=${file##*/??-}
    echo "${file%.mh}"
  done
}

_microheap() {
  local cur prev words cword word command=""
  _init_completion || return
  for word in "${words[@]:1:cword-1}"; do
    case $word in
      lesson | render | run | record | open | stats | export) command=${command:-$word} ;;
    esac
  done
  case $prev in
    --theme) COMPREPLY=($(compgen -W "dark light" -- "$cur")) ;;
    --engine) COMPREPLY=($(compgen -W "classic fast" -- "$cur")) ;;
    --look) COMPREPLY=($(compgen -W "light dark print" -- "$cur")) ;;
    --format) COMPREPLY=($(compgen -W "massif trace" -- "$cur")) ;;
    --view) COMPREPLY=($(compgen -W "map window slide" -- "$cur")) ;;
    --pattern)
      COMPREPLY=($(compgen -W "churn stack queue producer_consumer sawtooth fragment requests" -- "$cur"))
      ;;
    --script | --state | -o) _filedir ;;
    --pictures) _filedir -d ;;
    *)
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(_parse_help "$1" "$command --help")" -- "$cur"))
        return
      fi
      case $command in
        run | record) _filedir; return ;;
        open | stats | export) _filedir mhr; return ;;
        render) _filedir '@(mh|mhr)' ;;
        *) _filedir mh ;;
      esac
      word="lesson render run record open stats export"
      [[ -z $command ]] || word=$(_microheap_lessons "$1")
      COMPREPLY+=($(compgen -W "$word" -- "$cur"))
      ;;
  esac
} && complete -F _microheap microheap
