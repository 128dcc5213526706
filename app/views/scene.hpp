#pragma once
// What the panels of the window share: the state that lasts, and what one frame hands them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/model/block_bytes.hpp"
#include "app/model/command.hpp"
#include "app/model/map_raster.hpp"
#include "app/model/player.hpp"
#include "app/model/region.hpp"
#include "app/model/search_lens.hpp"
#include "app/sources/lab.hpp"
#include "app/sources/memory.hpp"
#include "app/streams/program.hpp"
#include "app/views/ui.hpp"

namespace mh {

/// A sentence to the user, shown over the map for some seconds.
struct Message {
  std::string text;
  bool error = false;
  double shown_at = -100;  ///< seconds of the window's clock
  double ended_at = std::numeric_limits<double>::infinity();

  /// Long enough to be read: some 15 characters a second.
  [[nodiscard]] double ends_at() const {
    return std::min(ended_at,
                    shown_at + std::max(error ? 8.0 : 4.0, static_cast<double>(text.size()) / 15));
  }
  /// What it speaks of is over: it fades.
  void end(double now) { ended_at = std::min(ended_at, now + 0.3); }
};

/// What stands under the map.
enum class Lower { timeline, calls, errors };

/// What lasts from frame to frame and belongs to no panel alone.
struct StudioState {
  std::uint64_t selected = 0;       ///< header address of the selected block, 0: none
  std::uint64_t selected_slot = 0;  ///< address of a slot in it, if it is a pool's; 0: none
  std::uint64_t hovered = 0;        ///< of the block under the pointer
  std::optional<MapRegion> region;  ///< many blocks are selected; then selected is 0
  ColourBy colour_by = ColourBy::thread;
  ThemeKind theme = ThemeKind::dark;
  bool motion = true;
  bool free_list = true;  ///< arrows on the map
  bool help_open = false;
  Lower lower = Lower::timeline;
  bool pool_open = false;    ///< the pool's controls are shown
  bool engine_open = false;  ///< in a low window, where either its panel or the workload's is open
  bool more_switches = false;  ///< the engine's panel shows all of them
  bool tour_seen = false;      ///< it comes back when asked only
  bool map_only = false;       ///< the picture is to show nothing but the map
  float ui_scale = 1;
  Message message;
  std::string caption;                ///< of a scenario, shown under the map
  std::string size_text = "100";      ///< what stands in the size field
  std::string pool_size_text = "24";  ///< and in the pool's
  Workload workload;                  ///< as the panel shows it

  void say(std::string text, bool error, double now) { message = {std::move(text), error, now}; }
};

/// One frame, for the panels to read.
struct Scene {
  const Ui& ui;
  const Player::View& view;  ///< the picture at the playhead; the reader stands still meanwhile
  Player& player;            ///< change it only through later() and command()
  Lab& lab;                  ///< likewise
  StudioState& state;
  mh_stats stats{};      ///< of the real heap, now
  mh_pool_stats pool{};  ///< of the pool made last by hand, now
  Verdict verdict{};
  SearchLens* searches = nullptr;
  const SearchTrace* search = nullptr;  ///< the last one at the playhead; only while explaining
  bool search_fresh = false;            ///< and nothing has happened to the heap since
  std::size_t visits_told = ~std::size_t{0};  ///< so many of its visits: it is on its way
  const RegionSummary* region = nullptr;      ///< what lies in state.region; null: none
  bool freeing_region = false;                ///< its blocks are being freed
  double seconds = 0;                         ///< since the last frame
  double now = 0;                             ///< seconds of the window's clock
  std::uint64_t source_now = 0;               ///< ns: at the playhead
  std::uint64_t age_now = 0;  ///< ns: the moment at which ages are coloured; stands while paused
  bool ages_go_on = false;    ///< by themselves, with the time
  double events_per_second = 0;
  std::uint64_t lost = 0;
  Situation there_is = 0;   ///< of what commands need
  double frame_cpu_ms = 0;  ///< CPU time that this thread takes for a frame, median of the last
  double frames_per_second = 0;                ///< 0: at rest
  std::vector<std::function<void()>> later{};  ///< run after drawing
  std::function<void(Command)> command{};      ///< run after drawing
  std::function<void(Mischief)> mischief{};    ///< with the selected block; run after drawing
  /// The moment after an event, and the block (0: none) as it was then; run after drawing.
  std::function<void(std::uint64_t event, std::uint64_t block)> show_moment{};
  Program* program = nullptr;  ///< what is shown is one of its heaps; null: the lab's
  const std::vector<ProgramHeap>* program_heaps = nullptr;
  std::size_t program_heap = 0;                         ///< number of the one that is shown
  std::function<void(std::size_t number)> show_heap{};  ///< another; run after drawing
  bool animating = false;      ///< a panel sets it: another frame is due soon
  double next_change = never;  ///< seconds until what is shown changes by itself
  static constexpr double never = std::numeric_limits<double>::infinity();

  [[nodiscard]] const HeapPicture& picture() const { return view.picture(); }
  /// Whether a command is possible now.
  [[nodiscard]] bool can(Command which) const { return why_not(entry_of(which), there_is).empty(); }
  /// Explains the last item, which does that.
  void hint(Command which) const { ui.hint(hint_of(which, there_is)); }
  /// The colour of a block on the map.
  [[nodiscard]] ImU32 block_colour(const PictureBlock& block) const {
    return to_u32(
        map_colour(ui.theme().map, state.colour_by, colour_index(state.colour_by, block, age_now)));
  }
  [[nodiscard]] std::optional<PictureBlock> selected_block() const {
    if (state.selected == 0) return std::nullopt;
    const auto block = picture().block_at(state.selected);
    return block && block->address == state.selected ? block : std::nullopt;
  }
  /// The slot of the selected block that is selected, if any.
  [[nodiscard]] std::optional<PictureSlot> selected_slot() const {
    if (state.selected_slot == 0 || !selected_block()) return std::nullopt;
    return picture().slot_at(state.selected_slot);
  }
  /// Calls that change the heap can be made now: it is the lab's, and not its past.
  [[nodiscard]] bool can_change() const { return program == nullptr && player.live(); }
  /// Copies bytes of the shown heap as they are now; how many could be read.
  [[nodiscard]] std::size_t read_bytes(std::uint64_t address, std::span<unsigned char> into) const {
    return program != nullptr ? program->read_bytes(program_heap, address, into)
                              : read_memory(address, into);
  }
  /// The engine of the shown heap. Programs run on the fast one.
  [[nodiscard]] Engine engine() const { return program != nullptr ? Engine::fast : lab.engine(); }
};

/// Reads bytes of the shown heap, while the scene lives.
inline ReadBytes reader_of(const Scene& scene) {
  return [&scene](std::uint64_t address, std::span<unsigned char> into) {
    return scene.read_bytes(address, into);
  };
}

/// How people call a thread: "worker 3", "you".
std::string thread_title(const Scene& scene, std::uint16_t thread);

}  // namespace mh
