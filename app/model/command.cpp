#include "app/model/command.hpp"

#include <array>

namespace mh {
namespace {

using enum CommandGroup;

constexpr std::array<CommandEntry, command_count> table{{
    {Command::malloc, hand, "malloc", "malloc the size in the field", "M", true,
     "Allocates as many bytes as the field says", needs_lab, "allocate new block"},
    {Command::calloc, hand, "calloc", "calloc that size", "C", true,
     "Allocates one element of the size in the field and sets it to zero", needs_lab,
     "allocate zero"},
    {Command::realloc, hand, "realloc", "realloc the selected block to it", "R", false,
     "Changes the selected block to the size in the field", needs_lab | needs_now | needs_selection,
     "resize grow shrink"},
    {Command::free_selected, hand, "free", "free what is selected", "F|Delete", false,
     "Frees the selected block, or all selected ones", needs_lab | needs_now | needs_selection,
     "release delete"},
    {Command::undo, hand, "undo", "undo", "U|Ctrl+Z", true, "Takes the last call by hand back",
     needs_lab | needs_undo, "back revert"},
    {Command::redo, hand, "redo", "redo", "Ctrl+Y|Ctrl+Shift+Z", true,
     "Makes the call again that was undone last", needs_lab | needs_redo, "again repeat"},
    {Command::focus_size, hand, "size", "type a size", "S", false,
     "Puts the keyboard into the size field", needs_lab, "bytes number"},
    {Command::break_it, hand, "break", "break the selected block ...", "B", false,
     "Makes one of the classic mistakes: writes past the end, frees twice ...",
     needs_lab | needs_now, "overflow underflow double free smash mistake error corrupt"},
    {Command::check_heap, hand, "check", "check the heap now", "H", false,
     "Looks at every block of the heap for damage", needs_lab, "verify damage"},
    {Command::toggle_errors, hand, "errors", "the list of errors", "X", false,
     "Every error that the heap noticed", needs_nothing, "damage"},
    {Command::toggle_calls, hand, "calls", "the list of all calls", "A", false,
     "Every call in its order: when, whose, what came of it", needs_nothing, "log history events"},
    {Command::show_damage, hand, "damage", "show the damaged block", "", false,
     "Selects the block that was found damaged", needs_damage, "error"},
    {Command::pool_create, hand, "pool", "create a pool", "", false,
     "Takes a block of the heap and divides it into 16 slots for objects of one size", needs_lab,
     "slots objects slab"},
    {Command::pool_alloc, hand, "pool-alloc", "take a slot of the pool", "", false,
     "Takes a free slot of the pool made last; when there is none, another block of the heap",
     needs_lab | needs_pool, "allocate object"},
    {Command::pool_free, hand, "pool-free", "give the last slot back", "", false,
     "Gives the slot that was taken last back to the pool", needs_lab | needs_pool | needs_slot,
     "free object"},
    {Command::pool_destroy, hand, "pool-destroy", "destroy the pool", "", false,
     "Gives the pool's blocks back to the heap, whatever is still in use", needs_lab | needs_pool,
     "free"},
    {Command::start_workload, hand, "start", "start or stop the workload", "W", false,
     "Starts the worker threads, or ends them; their blocks stay", needs_lab,
     "threads run workers"},
    {Command::stop_workload, hand, "stop", "stop the workload", "", false,
     "Ends the worker threads; their blocks stay", needs_lab | needs_workload,
     "threads end workers"},
    {Command::pause_workload, hand, "pause-workers", "pause the workers, or let them go on", "",
     false, "The worker threads stand still, the rest goes on", needs_lab | needs_workload,
     "threads resume"},
    {Command::reset_heap, hand, "reset", "reset the heap", "Ctrl+R", false,
     "Stops the workers, frees everything and starts a new log", needs_lab,
     "clear empty new restart"},
    {Command::toggle_explain, hand, "explain", "explain each search, or not", "E", false,
     "Shows which free blocks a search visits, and why it takes one", needs_lab, "why"},

    {Command::toggle_pause, CommandGroup::time, "pause", "pause, go on", "Space", false,
     "Time stands still, for the workers too; or goes on", needs_nothing, "play stop resume"},
    {Command::step_forward, CommandGroup::time, "step", "one call forward", ".|Page Down", true,
     "Forward by one call; at the end, lets the workers make one more", needs_nothing, "next"},
    {Command::step_back, CommandGroup::time, "step-back", "one call back", ",|Page Up", true,
     "Back by one call of the allocator", needs_nothing, "previous past rewind"},
    {Command::go_live, CommandGroup::time, "live", "jump to live", "End", false,
     "To the end of the log: now", needs_nothing, "now present"},

    {Command::fit, map, "fit", "show the whole heap", "Home|0", false, "Shows the whole heap",
     needs_nothing, "zoom all"},
    {Command::zoom_in, map, "zoom-in", "zoom in (or the wheel)", "+", true,
     "Closer, to the selected block or the middle; the wheel zooms at the pointer", needs_nothing,
     "larger"},
    {Command::zoom_out, map, "zoom-out", "zoom out", "\u2212", true, "Farther away", needs_nothing,
     "smaller"},
    {Command::show_selected, map, "zoom-selected", "zoom to what is selected", "Z", false,
     "Shows it as large as it fits", needs_selection, "block"},
    {Command::toggle_free_list, map, "free-list", "arrows of the free list", "L", false,
     "Draws an arrow from each free block to the next of the list, or none", needs_nothing,
     "links"},
    {Command::find, map, "find", "find an address, a name, a size", "Ctrl+F", false,
     "Goes to the block of that address, name or size", needs_nothing, "search block go to"},
    {Command::toggle_colour, map, "colour", "the next colours", "K", false,
     "Colours blocks by state, thread, age or size", needs_nothing, "color"},
    {Command::next_block, map, "next-block", "select the next block", "\u2192", true,
     "Selects the block behind the selected one", needs_nothing, "neighbour right"},
    {Command::previous_block, map, "previous-block", "select the one before", "\u2190", true,
     "Selects the block before the selected one", needs_nothing, "neighbour left"},
    {Command::deselect, map, "deselect", "select nothing", "Esc", false,
     "Closes what is open, then selects nothing", needs_nothing, "close"},

    {Command::picture_window, take, "picture", "save a picture of the window", "P", false,
     "Writes a PNG of the window into your pictures folder", needs_nothing,
     "png screenshot export"},
    {Command::picture_map, take, "picture-map", "save the map alone", "Shift+P", false,
     "Writes a PNG of the map into your pictures folder", needs_nothing,
     "png picture screenshot export"},
    {Command::svg_map, take, "svg", "save the map as SVG", "Ctrl+P", false,
     "Writes the heap as an SVG file, for slides and scripts, into your pictures folder",
     needs_nothing, "svg picture vector export figure"},
    {Command::copy_address, take, "copy-address", "copy the block's address", "Ctrl+A", false,
     "Copies the address that malloc returned for the selected block", needs_block,
     "pointer clipboard"},
    {Command::copy_program, take, "copy-c", "copy the calls as a C program", "Ctrl+C", false,
     "Copies a C program that repeats the calls made by hand", needs_lab | needs_calls,
     "code snippet clipboard export source"},
    {Command::copy_script, take, "copy-script", "copy the calls as a script", "Ctrl+Shift+C", false,
     "Copies the calls made by hand as a script for MicroHeap", needs_lab | needs_calls,
     "clipboard export scenario"},
    {Command::save_lesson, take, "save-lesson", "save the calls as a lesson", "Ctrl+S", false,
     "Writes a lesson that repeats the calls made by hand, a step for each",
     needs_lab | needs_calls, "export script teach"},

    {Command::palette, window, "palette", "find a command", "Ctrl+K", false,
     "Finds commands, policies, lessons and settings by name", needs_nothing, "search help"},
    {Command::tour, window, "tour", "show me around", "", false,
     "Shows in six steps what is where, and ends with a click of yours", needs_lab,
     "help introduction first steps tutorial"},
    {Command::open_lessons, window, "lessons", "the lessons", "F2", false,
     "The course: lessons that run on the same allocator", needs_nothing, "teach course slides"},
    {Command::play_sixty, window, "sixty", "Fragmentation in 60 seconds", "", false,
     "Plays the lesson on fragmentation by itself, within a minute", needs_nothing,
     "lesson demo holes"},
    {Command::toggle_theme, window, "theme", "dark or light", "T", false,
     "The light theme is for projectors, the dark one for the desk", needs_nothing,
     "projector colours"},
    {Command::toggle_motion, window, "motion", "motion on or off", "N", false,
     "Whether things move, or are at once where they belong", needs_nothing, "animation"},
    {Command::scale_up, window, "larger", "larger", "Ctrl +", true, "Makes everything larger",
     needs_nothing, "scale font zoom"},
    {Command::scale_down, window, "smaller", "smaller", "Ctrl \u2212", true,
     "Makes everything smaller", needs_nothing, "scale font zoom"},
    {Command::scale_reset, window, "scale-reset", "as large as it was", "Ctrl+0", false,
     "Gives everything its usual size", needs_nothing, "scale font zoom normal"},
    {Command::program_again, window, "program-again", "run the program again", "", false,
     "Starts the watched program anew, with the same arguments", needs_program, "restart watch"},
    {Command::program_end, window, "program-end", "end the program", "", false,
     "Asks the watched program to end (SIGTERM); the second time, ends it (SIGKILL)", needs_program,
     "kill stop terminate"},
    {Command::program_leave, window, "program-leave", "back to the lab", "", false,
     "Closes the program or recording; a program goes on by itself", needs_program,
     "close recording detach"},
    {Command::toggle_full_screen, window, "full-screen", "full screen", "F11", false,
     "The whole screen, or a window again", needs_nothing, "fullscreen projector"},
    {Command::toggle_help, window, "keys", "this list of keys", "F1", false, "Lists all keys",
     needs_nothing, "help shortcuts"},
    {Command::quit, window, "quit", "quit", "Ctrl+Q", false, "Ends the program", needs_nothing,
     "exit close"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].command != static_cast<Command>(i)) return false;
  }
  return true;
}
static_assert(in_order(), "the table has a row for each command, in the enumeration's order");

/// The first of a command's needs that is not there is told.
struct Reason {
  Needs need;
  const char* sentence;
};
constexpr std::array reasons{
    Reason{needs_lab,
           "This is a program's heap: only the program changes it. The lab has one of your own."},
    Reason{needs_program, "There is no program here: 'microheap run PROGRAM' watches one."},
    Reason{needs_selection, "Nothing is selected. Click a block on the map first."},
    Reason{needs_block, "No block is selected. Click one on the map first."},
    Reason{needs_now,
           "This is the past: blocks can be changed at the end of the log only. Press End to go "
           "live."},
    Reason{needs_workload, "No workload is running. Press W to start one."},
    Reason{needs_pool, "There is no pool yet: create one first."},
    Reason{needs_slot, "No slot of the pool is in use."},
    Reason{needs_undo, "There is nothing to undo."},
    Reason{needs_redo, "There is nothing to redo."},
    Reason{needs_calls, "Nothing was allocated by hand yet. Press M for a malloc."},
    Reason{needs_damage, "No block was found damaged."},
};

}  // namespace

const char* group_title(CommandGroup group) {
  switch (group) {
    case hand:
      return "BY HAND";
    case CommandGroup::time:
      return "TIME";
    case map:
      return "MAP";
    case take:
      return "TO TAKE ALONG";
    case window:
      return "WINDOW";
  }
  return "";
}

std::span<const CommandEntry, command_count> commands() {
  return table;
}

const CommandEntry& entry_of(Command command) {
  return table[static_cast<std::size_t>(command)];
}

std::string keys_in_words(const CommandEntry& entry) {
  std::string words;
  for (const char* c = entry.keys; *c != '\0'; ++c) {
    if (*c == '|') {
      words += " or ";
    } else {
      words += *c;
    }
  }
  return words;
}

std::string_view why_not(const CommandEntry& entry, Situation there_is) {
  for (const Reason& reason : reasons) {
    if ((entry.needs & reason.need) != 0 && (there_is & reason.need) == 0) return reason.sentence;
  }
  return {};
}

std::string hint_of(Command command, Situation there_is) {
  const CommandEntry& entry = entry_of(command);
  std::string words = entry.sentence;
  if (const std::string keys = keys_in_words(entry); !keys.empty()) words += "  (" + keys + ")";
  if (const std::string_view why = why_not(entry, there_is); !why.empty()) {
    words += "\n";
    words += why;
  }
  return words;
}

}  // namespace mh
