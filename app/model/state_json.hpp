#pragma once
// What the app knows of itself, as JSON: for tests of the window and for scripts.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/model/colour_by.hpp"
#include "app/model/heap_picture.hpp"
#include "app/model/recorder.hpp"
#include "app/model/region.hpp"
#include "app/model/search_trace.hpp"
#include "app/model/theme_kind.hpp"
#include "core/heap/classic/policy.hpp"

namespace mh {

struct AppState {
  static constexpr std::size_t max_blocks = 200;

  struct NamedBlock {
    PictureBlock block;
    std::string name;
  };
  struct WorkloadState {
    bool running = false;
    bool paused = false;
    std::uint64_t operations = 0;
    std::uint64_t failed_allocations = 0;
  };

  /// Many selected blocks.
  struct RegionState {
    RegionTotals totals;
    bool exact = false;  ///< all of them are counted
  };

  /// What the lessons show.
  struct LessonState {
    bool choosing = false;  ///< among all lessons
    std::string title;
    std::size_t step = 0, steps = 0;  ///< step: from 1
    bool asks = false, details = false, comparing = false, playing = false;
    double pace = 1;    ///< of playing
    std::string error;  ///< of the script
  };

  /// A program that is shown instead of the lab.
  struct ProgramState {
    struct Heap {
      std::uint64_t process = 0, in_use = 0, events = 0;
      std::string title;
      bool ended = false;
    };
    std::string title, state;
    bool running = false;
    std::size_t shown = 0;  ///< index of the heap
    std::vector<Heap> heaps;
    std::vector<std::string> threads;  ///< of that heap: names
  };

  std::optional<ProgramState> program;
  std::optional<LessonState> lesson;  ///< while lessons are open
  std::uint64_t position = 0;         ///< of the playhead
  std::uint64_t end = 0;              ///< of the log
  bool live = true;
  bool paused = false;
  Verdict verdict;
  PictureTotals totals;  ///< of the picture at the playhead
  mh_stats stats{};      ///< of the real heap
  std::uint64_t heap_start = 0, heap_break = 0;
  std::vector<NamedBlock> blocks;         ///< the first max_blocks of the picture
  std::optional<std::uint64_t> selected;  ///< header address
  std::optional<RegionState> region;
  double events_per_second = 0;
  std::uint64_t lost = 0;
  WorkloadState workload;
  std::string engine = "classic";      ///< or "fast"
  mh_policy policy = plainest_policy;  ///< of the engine, now
  bool explaining = false;
  std::optional<SearchTrace> search;  ///< the last one at the playhead, while explaining
  std::uint64_t errors = 0;           ///< in the log, ever
  std::string newest_error;           ///< in words; empty: none
  bool errors_open = false;           ///< their list is shown
  ThemeKind theme = ThemeKind::dark;
  ColourBy colour_by = ColourBy::thread;
  double ui_scale = 1;
  std::optional<std::string> palette;  ///< open: what it would choose
  std::size_t tour = 0;                ///< the step that it shows, from 1; 0: it does not run
  std::string message;                 ///< what the window says to the user now
  std::uint64_t frame = 0;             ///< frames drawn so far
  bool typing = false;                 ///< a text field has the keyboard
  double frame_cpu_ms = 0;  ///< CPU time of a frame of the window's thread, median of the last
  std::map<std::string, std::array<float, 4>>
      targets;  ///< widgets by name: x, y, width, height in pixels
};

/// The first max_blocks of a picture with their names.
std::vector<AppState::NamedBlock> first_blocks(const HeapPicture& picture);

/// One JSON object; addresses are strings such as "0x5581c3a12000".
std::string state_json(const AppState& state);
/// An error sentence, or empty. A reader of the file sees the old state or the new one, never half
/// of one.
std::string write_state(const AppState& state, const std::filesystem::path& file);

}  // namespace mh
