#pragma once
// Cached blocks that are not at hand: by size, in stacks. A thread has such a store for what its
// own stacks have no room for; the heap has one for what threads have too much of, from which it
// goes back to the arena and coalesces.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/heap/fast_block.hpp"

namespace mh {

/// Blocks of fewer grains than this are cached.
inline constexpr std::uint32_t fast_grains_end = 64;

/// A stack for each size, of at most BytesOfOneSize, one behind the other in memory, so that
/// small use touches few pages.
template <std::size_t BytesOfOneSize>
class FastStore {
 public:
  static constexpr unsigned capacity(std::uint32_t grains) {
    return static_cast<unsigned>(BytesOfOneSize / (grains * FastBlock::grain));
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  ///< of all blocks in it
  [[nodiscard]] unsigned count(std::uint32_t grains) const {
    return counts_[grains].load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool has_room(std::uint32_t grains, unsigned many) const {
    return count(grains) + many <= capacity(grains);
  }
  /// The blocks of a size, as they came.
  [[nodiscard]] FastBlock** blocks(std::uint32_t grains) { return blocks_.data() + starts[grains]; }
  /// There must be room.
  void put(std::uint32_t grains, FastBlock* const* blocks, unsigned many) {
    std::copy_n(blocks, many, this->blocks(grains) + count(grains));
    set_count(grains, count(grains) + many);
    bytes_ += std::size_t{many} * grains * FastBlock::grain;
  }
  /// Up to wanted blocks of those that came last; how many.
  unsigned take(std::uint32_t grains, FastBlock** blocks, unsigned wanted) {
    const unsigned many = std::min(wanted, count(grains));
    forget(grains, many);  // first: see FastHeap::shelve()
    std::copy_n(this->blocks(grains) + count(grains), many, blocks);
    return many;
  }
  /// Those that came last are somewhere else now.
  void forget(std::uint32_t grains, unsigned many) {
    set_count(grains, count(grains) - many);
    bytes_ -= std::size_t{many} * grains * FastBlock::grain;
  }
  void clear() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
    bytes_ = 0;
  }

 private:
  /// After all that was written before.
  void set_count(std::uint32_t grains, unsigned count) {
    counts_[grains].store(count, std::memory_order_release);
  }
  /// Where the stack of each size begins; the last entry is the end of all.
  static constexpr auto starts = [] {
    std::array<std::uint32_t, fast_grains_end + 1> begin{};
    for (std::uint32_t grains = 2; grains < fast_grains_end; ++grains) {
      begin[grains + 1] =
          begin[grains] + static_cast<std::uint32_t>(BytesOfOneSize / (grains * FastBlock::grain));
    }
    return begin;
  }();

  std::size_t bytes_ = 0;
  std::array<std::atomic<std::uint32_t>, fast_grains_end> counts_{};
  std::array<FastBlock*, starts.back()> blocks_{};
};

/// What no thread has. The heap's lock guards it.
using FastPool = FastStore<std::size_t{4} << 20>;
/// What one thread has beside its stacks.
using FastShelf = FastStore<std::size_t{32} << 10>;

}  // namespace mh
