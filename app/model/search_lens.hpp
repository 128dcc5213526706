#pragma once
// Finds the searches that the window explains, with the heap as it was then; remembers the last
// answers, since it is asked every frame.

#include <cstdint>
#include <optional>

#include "app/model/player.hpp"
#include "app/model/search_trace.hpp"

namespace mh {

/// For one thread, the window's.
class SearchLens {
 public:
  static constexpr std::uint64_t most_events = 1U << 16;    ///< looked back over
  static constexpr std::uint64_t most_replayed = 1U << 17;  ///< to see the heap as it was then

  /// The last search before the playhead; nullptr: there is none near.
  const SearchTrace* last(const Player::View& view);
  /// What is known of the call that made a block what it is.
  struct Origin {
    bool call_in_log = false;
    const SearchTrace* search = nullptr;  ///< nullptr: it told none
  };
  Origin of_block(const Player::View& view, const PictureBlock& block);
  /// Whether nothing has happened to the heap since that search's call.
  [[nodiscard]] static bool is_fresh(const Player::View& view, const SearchTrace& trace);

 private:
  /// A moment of a log, told apart from the same position in another log by its time.
  struct Moment {
    std::uint64_t position = 0;
    std::uint64_t time = 0;  ///< ns, of the event before position
    bool operator==(const Moment&) const = default;
  };
  [[nodiscard]] static Moment moment(const Player::View& view, std::uint64_t position);
  void add_heap(const Player::View& view, std::optional<SearchTrace>& trace);

  std::optional<Moment> last_at_;
  std::optional<SearchTrace> last_;
  std::optional<PictureBlock> block_;
  Moment block_log_;  ///< where the log began when block_ was looked for
  bool call_in_log_ = false;
  std::optional<SearchTrace> of_block_;
  Moment picture_at_;  ///< where picture_ stands
  HeapPicture picture_;
};

}  // namespace mh
