#pragma once
// Cached blocks that no thread has: what threads have too much of waits here for others, by size,
// before it goes back to the arena and coalesces.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/heap/fast_block.hpp"
#include "core/heap/fast_cache.hpp"

namespace mh {

namespace fast_pool {

inline constexpr std::size_t bytes_of_one_size = std::size_t{512} << 10;

constexpr unsigned capacity(std::uint32_t grains) {
  return static_cast<unsigned>(bytes_of_one_size / (grains * FastBlock::grain));
}

/// Where the stack of each size begins; the last entry is the end of all.
constexpr auto starts() {
  std::array<std::uint32_t, FastCache::grains_end + 1> starts{};
  for (std::uint32_t grains = 2; grains < FastCache::grains_end; ++grains) {
    starts[grains + 1] = starts[grains] + capacity(grains);
  }
  return starts;
}

}  // namespace fast_pool

/// A stack for each size, one behind the other in memory, so that small use touches few pages. The
/// heap's lock guards it.
class FastPool {
 public:
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  ///< of all blocks in it
  [[nodiscard]] unsigned count(std::uint32_t grains) const { return counts_[grains]; }
  [[nodiscard]] bool has_room(std::uint32_t grains, unsigned many) const {
    return counts_[grains] + many <= fast_pool::capacity(grains);
  }
  /// The blocks of a size, as they came.
  [[nodiscard]] FastBlock** blocks(std::uint32_t grains) { return blocks_.data() + starts[grains]; }
  /// There must be room.
  void put(std::uint32_t grains, FastBlock* const* blocks, unsigned many) {
    std::copy_n(blocks, many, this->blocks(grains) + counts_[grains]);
    counts_[grains] += many;
    bytes_ += std::size_t{many} * grains * FastBlock::grain;
  }
  /// Up to wanted blocks of those that came last; how many.
  unsigned take(std::uint32_t grains, FastBlock** blocks, unsigned wanted) {
    const unsigned many = std::min(wanted, counts_[grains]);
    forget(grains, many);
    std::copy_n(this->blocks(grains) + counts_[grains], many, blocks);
    return many;
  }
  /// Those that came last are somewhere else now.
  void forget(std::uint32_t grains, unsigned many) {
    counts_[grains] -= many;
    bytes_ -= std::size_t{many} * grains * FastBlock::grain;
  }
  void clear() {
    counts_ = {};
    bytes_ = 0;
  }

 private:
  static constexpr auto starts = fast_pool::starts();

  std::size_t bytes_ = 0;
  std::array<std::uint32_t, FastCache::grains_end> counts_{};
  std::array<FastBlock*, starts.back()> blocks_{};
};

}  // namespace mh
