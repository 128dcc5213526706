#pragma once
// Which free block a request gets: the four searches that textbooks compare.

#include <cstddef>
#include <cstdint>

#include "core/events/event_writer.hpp"
#include "core/heap/classic/free_list.hpp"
#include "core/heap/classic/layout.hpp"

namespace mh {

/// One search: what is looked for, and what it says of the blocks that it visits.
class Search {
 public:
  /// So many visits of one search are told at most; the rest is only counted.
  static constexpr std::uint64_t max_told = 4096;

  /// scope: where visits are told, nullptr if nobody wants them explained.
  Search(const Layout& layout, std::size_t requested, EventScope* scope)
      : layout_(layout), requested_(requested), scope_(scope) {}

  /// Bytes of the block at hand beyond what the request needs there; negative: it is too small.
  [[nodiscard]] std::ptrdiff_t left_over(const Block& block) const {
    return static_cast<std::ptrdiff_t>(block.size()) -
           static_cast<std::ptrdiff_t>(layout_.size_at(block.address(), requested_));
  }
  /// Tells of a block that was looked at, with the one that is best now (nullptr: none yet).
  void visit(const Block& block, const Block* best, SourceLine from = SourceLine::current());
  /// The same, where the first one that fits is taken.
  void visit(const Block& block, bool taken, SourceLine from = SourceLine::current());

  [[nodiscard]] std::uint64_t visited() const { return visited_; }
  [[nodiscard]] std::size_t largest() const { return largest_; }  ///< block seen, bytes

 private:
  void tell(const Block& block, VisitVerdict verdict, SourceLine from);

  const Layout& layout_;
  std::size_t requested_;
  EventScope* scope_;
  std::uint64_t visited_ = 0;
  std::size_t largest_ = 0;
};

// Each takes a walk that has not begun, and returns the block that the policy chooses; nullptr if
// none is large enough.
Block* first_fit(FreeWalk& free_list, Search& search);
Block* best_fit(FreeWalk& free_list, Search& search);
Block* worst_fit(FreeWalk& free_list, Search& search);
// Next fit is first fit on a walk that begins where the last search ended: FreeList::rover().

}  // namespace mh
