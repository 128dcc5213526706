#pragma once
// Cached blocks that are not at hand: by size, in stacks. A thread has a shelf for what its own
// stacks have no room for; the heap has a pool for what threads have too much of, from which it
// goes back to the arena and coalesces.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/heap/fast/fast_block.hpp"

namespace mh {

/// A stack for each size, of at most BytesOfOneSize, one behind the other in memory, so that
/// small use touches few pages. Entry says which block it is.
template <std::size_t BytesOfOneSize, typename Entry>
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
  [[nodiscard]] Entry* entries(std::uint32_t grains) { return entries_.data() + starts[grains]; }
  /// Those that came last are somewhere else now.
  void forget(std::uint32_t grains, unsigned many) {
    set_count(grains, count(grains) - many);
    bytes_ -= std::size_t{many} * grains * FastBlock::grain;
  }
  void clear() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
    bytes_ = 0;
  }

 protected:
  /// After the entries were written.
  void remember(std::uint32_t grains, unsigned many) {
    set_count(grains, count(grains) + many);
    bytes_ += std::size_t{many} * grains * FastBlock::grain;
  }

 private:
  /// After all that was written before.
  void set_count(std::uint32_t grains, unsigned count) {
    counts_[grains].store(count, std::memory_order_release);
  }
  /// Where the stack of each size begins; the last entry is the end of all.
  static constexpr auto starts = [] {
    std::array<std::uint32_t, FastBlock::small_grains_end + 1> begin{};
    for (std::uint32_t grains = 2; grains < FastBlock::small_grains_end; ++grains) {
      begin[grains + 1] =
          begin[grains] + static_cast<std::uint32_t>(BytesOfOneSize / (grains * FastBlock::grain));
    }
    return begin;
  }();

  std::size_t bytes_ = 0;
  std::array<std::atomic<std::uint32_t>, FastBlock::small_grains_end> counts_{};
  std::array<Entry, starts.back()> entries_{};
};

/// What one thread has beside its stacks.
class FastShelf : public FastStore<std::size_t{32} << 10, FastBlock*> {
 public:
  /// There must be room.
  void put(std::uint32_t grains, FastBlock* const* blocks, unsigned many) {
    std::copy_n(blocks, many, entries(grains) + count(grains));
    remember(grains, many);
  }
  /// Up to wanted blocks of those that came last; how many.
  unsigned take(std::uint32_t grains, FastBlock** blocks, unsigned wanted) {
    const unsigned many = std::min(wanted, count(grains));
    forget(grains, many);  // first: see FastHeap::shelve()
    std::copy_n(entries(grains) + count(grains), many, blocks);
    return many;
  }
};

/// What no thread has. The heap's lock guards it. It notes blocks by their distance from a place
/// before the first one, in grains, which takes half the memory of a pointer.
class FastPool : public FastStore<std::size_t{4} << 20, std::uint32_t> {
 public:
  /// Whether it can hold these: they lie within 32 GiB of the first one ever.
  [[nodiscard]] bool reaches(FastBlock* const* blocks, unsigned many) {
    if (origin_ == 0) origin_ = address_of(blocks[0]) - reach;
    return std::all_of(blocks, blocks + many, [this](const FastBlock* block) {
      return address_of(block) - origin_ < 2 * reach;
    });
  }
  /// There must be room, and they must be reached.
  void put(std::uint32_t grains, FastBlock* const* blocks, unsigned many) {
    std::transform(
        blocks, blocks + many, entries(grains) + count(grains), [this](const FastBlock* block) {
          return static_cast<std::uint32_t>((address_of(block) - origin_) / FastBlock::grain);
        });
    remember(grains, many);
  }
  /// Up to wanted blocks of those that came last; how many.
  unsigned take(std::uint32_t grains, FastBlock** blocks, unsigned wanted) {
    const unsigned many = std::min(wanted, count(grains));
    forget(grains, many);
    const std::uint32_t* const from = entries(grains) + count(grains);
    std::transform(from, from + many, blocks, [this](std::uint32_t distance) {
      return FastBlock::at(
          reinterpret_cast<void*>(origin_ + std::uint64_t{distance} * FastBlock::grain));
    });
    return many;
  }
  /// By address: the lowest come last.
  void sort(std::uint32_t grains) {
    std::uint32_t* const first = entries(grains);
    std::sort(first, first + count(grains), std::greater<>());
    sorted_[grains] = count(grains);
  }
  /// A program that frees here and there, and then builds something new, shall find its objects
  /// side by side: sorts blocks that came since the last time, where they are more than a
  /// processor's own cache holds and do not come in order anyway.
  void sort_if_scattered(std::uint32_t grains) {
    constexpr std::size_t least_bytes = std::size_t{512} << 10;
    const unsigned held = count(grains);
    sorted_[grains] = std::min(sorted_[grains], held);
    if (held * grains * FastBlock::grain < least_bytes || sorted_[grains] >= held / 2) return;
    // Of those that would be taken next, how many lie more than a page from the one before?
    constexpr unsigned samples = 64;
    constexpr std::uint32_t page = 4096 / FastBlock::grain;
    const std::uint32_t* const last = entries(grains) + held - samples;
    unsigned jumps = 0;
    for (unsigned i = 1; i < samples; ++i) {
      jumps += unsigned{last[i - 1] - last[i] + page > 2 * page};
    }
    if (jumps > samples / 2) sort(grains);
  }

 private:
  static constexpr std::uint64_t reach = std::uint64_t{1} << 35;  // bytes

  static std::uint64_t address_of(const FastBlock* block) {
    return reinterpret_cast<std::uintptr_t>(block);
  }

  std::uint64_t origin_ = 0;
  std::array<unsigned, FastBlock::small_grains_end> sorted_{};  // how many, from the first on
};

}  // namespace mh
