#pragma once
// Everything that a user can ask of the window, in one table: what it is called, its keys, what it
// does and when it is possible. The list of keys, the tooltips, the palette and the keyboard read
// it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mh {

/// Done when the reader is released, since the heap's lock must not be waited for while the rings
/// cannot empty.
enum class Command {
  // by hand
  malloc,
  calloc,
  realloc,
  free_selected,
  undo,
  redo,
  focus_size,
  break_it,
  check_heap,
  toggle_errors,
  toggle_calls,
  show_damage,
  pool_create,
  pool_alloc,
  pool_free,
  pool_destroy,
  start_workload,
  stop_workload,
  pause_workload,
  reset_heap,
  toggle_explain,
  // time
  toggle_pause,
  step_forward,
  step_back,
  go_live,
  // the map
  fit,
  zoom_in,
  zoom_out,
  show_selected,
  toggle_free_list,
  find,
  toggle_colour,
  next_block,
  previous_block,
  deselect,
  // to take along
  picture_window,
  picture_map,
  svg_map,
  copy_address,
  copy_program,
  copy_script,
  save_lesson,
  // the window
  palette,
  tour,
  open_lessons,
  play_sixty,
  toggle_theme,
  toggle_motion,
  scale_up,
  scale_down,
  scale_reset,
  program_again,
  program_end,
  program_leave,
  toggle_full_screen,
  toggle_help,
  quit
};
inline constexpr std::size_t command_count = static_cast<std::size_t>(Command::quit) + 1;

/// What a command needs, added up.
enum Needs : unsigned {
  needs_nothing = 0,
  needs_now = 1U << 0,        ///< the end of the log: the past cannot be changed
  needs_selection = 1U << 1,  ///< a block, or many
  needs_block = 1U << 2,      ///< one block
  needs_workload = 1U << 3,   ///< a running one
  needs_pool = 1U << 4,       ///< made by hand
  needs_slot = 1U << 5,       ///< in use, of the pool made last
  needs_undo = 1U << 6,       ///< something to take back
  needs_redo = 1U << 7,
  needs_calls = 1U << 8,    ///< made by hand since the heap was empty
  needs_damage = 1U << 9,   ///< found
  needs_lab = 1U << 10,     ///< what is shown is the lab's heap, not a program's
  needs_program = 1U << 11  ///< the other way round
};

/// What there is of it.
using Situation = unsigned;

enum class CommandGroup { hand, time, map, take, window };
[[nodiscard]] const char* group_title(CommandGroup group);  ///< "BY HAND"

struct CommandEntry {
  Command command;
  CommandGroup group;
  const char* name;      ///< as tests and messages call it: "free-selected"
  const char* title;     ///< "Free what is selected"
  const char* keys;      ///< "F|Delete": any of them; "": it has none
  bool repeats;          ///< while the key is held
  const char* sentence;  ///< what it does
  unsigned needs;
  const char* synonyms;  ///< other words that people look for
};

/// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const CommandEntry, command_count> commands();
[[nodiscard]] const CommandEntry& entry_of(Command command);
/// "F or Delete"; empty: it has none.
[[nodiscard]] std::string keys_in_words(const CommandEntry& entry);
/// Why it is not possible now, and what to do; empty: it is possible.
[[nodiscard]] std::string_view why_not(const CommandEntry& entry, Situation there_is);
/// For a tooltip: what it does, its keys, and why it is not possible if so.
[[nodiscard]] std::string hint_of(Command command, Situation there_is);

}  // namespace mh
